// SPDX-License-Identifier: GPL-2.0-or-later
// Sofia's transaction layer with our types as its contexts.
#pragma once

namespace hotline::sip {
class Agent;
struct Dialog;
}  // namespace hotline::sip

#define NTA_AGENT_MAGIC_T hotline::sip::Agent
#define NTA_LEG_MAGIC_T hotline::sip::Dialog
#define NTA_OUTGOING_MAGIC_T hotline::sip::Dialog
#define NTA_INCOMING_MAGIC_T hotline::sip::Dialog
#define NTA_RELIABLE_MAGIC_T hotline::sip::Dialog

#include <sofia-sip/nta.h>
#include <sofia-sip/nta_stateless.h>
#include <sofia-sip/msg_addr.h>
#include <sofia-sip/sip_extra.h>
#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_status.h>
#include <sofia-sip/sip_tag.h>
#include <sofia-sip/sip_util.h>
#include <sofia-sip/su_wait.h>
#include <sofia-sip/tport_tag.h>
