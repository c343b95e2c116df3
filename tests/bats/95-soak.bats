# The soak (make soak: half an hour, another seed each time) for most of a minute, always with the same seed.
load helper

@test "half a minute of random calls, transfers, holds, spies and kills: nothing is left over, every call ended once" {
  run "$BUILD/test/soak" --seconds 35 --seed 20261126
  echo "$output"
  [ "$status" = 0 ]
}
