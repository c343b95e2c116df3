// SPDX-License-Identifier: GPL-2.0-or-later
#include "verbs.h"

using namespace hotline;

int main(int argc, char** argv) {
  cli::App app("ccrec", "keeps what was said on the lines, and finds it again");

  service::Options options;
  service::add_options(app.verb("run", "turn spool files into recordings", [&] { return ccrec::run(options); }),
                       options);

  ccrec::SearchOptions wanted;
  auto list = ccrec::recordings_listing();
  auto& find = app.verb("find", "list recordings", [&] { return ccrec::find(wanted, list); });
  find.option("--agent", wanted.agent, "spoken by this agent")
      .option("--from,--caller", wanted.caller, "the caller's whole number")
      .option("--called", wanted.called, "the number that was called")
      .option("--queue", wanted.queue, "of calls that waited there")
      .option("--call", wanted.call, "of this call")
      .option("--since", wanted.since, "begun then or later: 2026-11-22, RFC 3339, or a span ago (2h)")
      .option("--until", wanted.until, "begun before then; of a date the whole day");
  list.add_options(find);

  ccrec::PlayOptions playing;
  app.verb("play", "play the recordings of a call, or one of them", [&] { return ccrec::play(playing); })
      .argument("CALL|SEGMENT", playing.what, "which")
      .flag("--stdout", playing.to_stdout, "write a WAV file to standard output instead");

  ccrec::ExportOptions exporting;
  app.verb("export", "write the recordings of a call, or one of them, to a file",
           [&] { return ccrec::export_recording(exporting); })
      .argument("CALL|SEGMENT", exporting.what, "which")
      .option("-o,--output", exporting.output, "the file; its ending says the format (.wav, .flac, .ogg)")
      .flag("--mono", exporting.mixed, "both voices in one channel")
      .flag("--left", exporting.left, "the caller alone")
      .flag("--right", exporting.right, "the agent alone");

  ccrec::ListenOptions listening;
  app.verb("listen", "hear a talk as it happens, as WAV or on a telephone", [&] { return ccrec::listen(listening); })
      .argument("CALL", listening.call, "whose talk")
      .option("--phone", listening.phone, "ring this telephone and let it hear, instead of standard output")
      .option("--mode", listening.mode, "of the telephone: listen, whisper (the first leg hears it) or barge (all do)")
      .flag("--beep", listening.beep, "those who talk hear a short tone every 15 seconds")
      .flag("--auto-answer", listening.auto_answer, "ask the telephone to answer by itself")
      .option("--by", listening.by, "who listens, for the event (the Unix user)");

  return app.run(argc, argv);
}
