# SPDX-License-Identifier: Apache-2.0
# THE names of the values of enumerated columns, and of sets of flags: events.capnp says with $values which column has
# which set. From here the build makes the constants that the BPF programs, the recorder and the analyzer are written
# with (schema/values.h) and the words that the recorder prints (schema/value_words.h); the recorder puts all sets into
# the trace, and the analyzer prints the trace's own words.
#
# Rules: names of sets and what a value means are on disk for ever; new values go to the end of their set. The words are
# what people see and what filters take. A value that has no row is printed as its number.
@0xc8e5d0a97b3f4162;

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("ebpftrace::schema");

struct Value {
  value @0 :UInt64;      # of flags: the bits
  name @1 :Text;
  doc @2 :Text;
  constant @3 :Text;     # its name in C; none if nothing is written with it, or the kernel's headers have one
}

struct ValueSet {
  name @0 :Text;         # in C: of the enum
  flags @1 :Bool;        # a value of the column is any number of these at once
  values @2 :List(Value);
  end @3 :Text;          # in C: name of one more than the largest, for arrays
  bitNumbers @4 :Bool;   # in C: the constants are numbers of the flags' bits, for arrays
}

const valueSets :List(ValueSet) = [
  (name = "syscall_flag", flags = true, values = [
    (value = 1, name = "unfinished", constant = "SYSCALL_UNFINISHED", doc = "It had not returned when its thread, or the recording, ended."),
    (value = 2, name = "32-bit", constant = "SYSCALL_COMPAT", doc = "The number is of the table of 32-bit programs."),
    (value = 4, name = "no file", constant = "SYSCALL_NO_FILE", doc = "The file could not be described; counted as lost."),
    (value = 8, name = "began before", constant = "SYSCALL_BEGAN_BEFORE", doc = "Its beginning was not seen: timeNs is when it was first known to be in progress."),
    (value = 16, name = "arguments unknown", constant = "SYSCALL_NO_ARGS", doc = "All arguments are 0."),
    (value = 32, name = "moved", constant = "SYSCALL_MOVED", doc = "The bytes that moved are in the column moved, not in the result."),
    (value = 64, name = "peeked", constant = "SYSCALL_PEEKED", doc = "What was received was only looked at (MSG_PEEK)."),
    (value = 128, name = "reversed", constant = "SYSCALL_REVERSED", doc = "The bytes went the other way than the call's name says (vmsplice out of a pipe)."),
    (value = 256, name = "no duration", constant = "SYSCALL_NO_DURATION", doc = "How long it took was not measured: timeNs is when it returned, and durationNs is 0."),
  ]),
  (name = "exit_flag", flags = true, values = [
    (value = 1, name = "last thread", constant = "EXIT_LAST_THREAD", doc = "The process ended with this thread."),
    (value = 2, name = "group status", constant = "EXIT_GROUP_STATUS", doc = "groupStatus counts: exit_group or a signal ended the process as a whole."),
  ]),
  (name = "task_flag", flags = true, values = [
    (value = 0x10, name = "io_uring worker", doc = "PF_IO_WORKER."),
    (value = 0x200000, name = "kernel thread", doc = "PF_KTHREAD."),
  ]),
  (name = "file_flag", flags = true, values = [
    (value = 1, name = "deleted", constant = "FILE_UNLINKED", doc = "When it was seen it was no longer in its directory, or never in one (memfd)."),
    (value = 2, name = "path cut", constant = "FILE_PATH_CUT", doc = "The front of the path is missing."),
    (value = 4, name = "unreachable", constant = "FILE_UNREACHABLE", doc = "Not reachable from the root of a mount namespace."),
  ]),
  (name = "socket_type", values = [
    (value = 1, name = "stream", doc = "SOCK_STREAM."),
    (value = 2, name = "dgram", doc = "SOCK_DGRAM."),
    (value = 3, name = "raw", doc = "SOCK_RAW."),
    (value = 4, name = "rdm", doc = "SOCK_RDM."),
    (value = 5, name = "seqpacket", doc = "SOCK_SEQPACKET."),
    (value = 6, name = "dccp", doc = "SOCK_DCCP."),
    (value = 10, name = "packet", doc = "SOCK_PACKET."),
  ]),
  # RFC 790 and its successors, IANA "Protocol Numbers"; what rules may call them.
  (name = "ip_protocol", values = [
    (value = 6, name = "tcp"),
    (value = 17, name = "udp"),
    (value = 1, name = "icmp"),
    (value = 58, name = "icmpv6"),
    (value = 132, name = "sctp"),
    (value = 47, name = "gre"),
    (value = 50, name = "esp"),
    (value = 51, name = "ah"),
    (value = 2, name = "igmp"),
    (value = 0, name = "hop-by-hop"),
    (value = 43, name = "routing"),
    (value = 44, name = "fragment"),
    (value = 60, name = "destination-options"),
    (value = 135, name = "mobility"),
  ]),
  (name = "xdp_mode", values = [
    (value = 1, name = "native", constant = "XDP_MODE_NATIVE", doc = "In the driver."),
    (value = 2, name = "generic", constant = "XDP_MODE_GENERIC", doc = "Before the network stack."),
  ]),
  (name = "interface_state", values = [
    (value = 1, name = "observed", constant = "INTERFACE_OBSERVED", doc = "From now on."),
    (value = 2, name = "vanished", constant = "INTERFACE_VANISHED", doc = "It is gone."),
  ]),
  (name = "verdict", end = "EDGE_VERDICTS", values = [
    (value = 0, name = "pass", constant = "EDGE_PASS", doc = "It passed."),
    (value = 1, name = "drop", constant = "EDGE_DROP", doc = "It was dropped."),
    (value = 2, name = "would drop", constant = "EDGE_WOULD_DROP", doc = "It passed, as rules only say what they would do (--dry-run)."),
  ]),
  (name = "flow_state", values = [
    (value = 1, name = "active", constant = "FLOW_ACTIVE", doc = "It goes on."),
    (value = 2, name = "ended", constant = "FLOW_ENDED", doc = "By FIN or RST."),
    (value = 3, name = "idle", constant = "FLOW_IDLE", doc = "Nothing came for long."),
    (value = 4, name = "recording ended", constant = "FLOW_RECORDING_ENDED", doc = "It went on when the recording ended."),
  ]),
  # As in the header (RFC 9293).
  (name = "tcp_flag", flags = true, values = [
    (value = 1, name = "FIN"),
    (value = 2, name = "SYN"),
    (value = 4, name = "RST"),
    (value = 8, name = "PSH"),
    (value = 16, name = "ACK"),
    (value = 32, name = "URG"),
    (value = 64, name = "ECE"),
    (value = 128, name = "CWR"),
  ]),
  (name = "ip_header", flags = true, bitNumbers = true, values = [
    (value = 1, name = "hop-by-hop", constant = "CHAIN_HOP_BY_HOP", doc = "Hop-by-hop options."),
    (value = 2, name = "routing", constant = "CHAIN_ROUTING", doc = "Routing header."),
    (value = 4, name = "fragment", constant = "CHAIN_FRAGMENT", doc = "Fragment header; over IPv4: the fields that say the same."),
    (value = 8, name = "ah", constant = "CHAIN_AUTHENTICATION", doc = "Authentication header."),
    (value = 0x10, name = "destination-options", constant = "CHAIN_DESTINATION", doc = "Destination options."),
    (value = 0x20, name = "mobility", constant = "CHAIN_MOBILITY", doc = "Mobility header."),
    (value = 0x40, name = "hip", constant = "CHAIN_HIP", doc = "Host identity protocol."),
    (value = 0x80, name = "shim6", constant = "CHAIN_SHIM6", doc = "Shim6."),
    (value = 0x8000, name = "later", constant = "CHAIN_LATER", doc = "Later fragments, which have no ports."),
  ]),
  (name = "parse_outcome", end = "PARSE_OUTCOMES", values = [
    (value = 0, name = "parsed", constant = "PARSED", doc = "To its ports, or what the protocol has in their place."),
    (value = 1, name = "fragment", constant = "PARSED_FRAGMENT", doc = "A later fragment: addresses, but no ports."),
    (value = 2, name = "unknown transport", constant = "PARSED_UNKNOWN_PROTOCOL", doc = "Addresses, but a transport that is not looked into."),
    (value = 3, name = "not IP", constant = "NOT_IP", doc = "ARP and all other EtherTypes."),
    (value = 4, name = "short Ethernet", constant = "SHORT_ETHERNET", doc = "No whole Ethernet header."),
    (value = 5, name = "short VLAN tag", constant = "SHORT_VLAN", doc = "It ends within a VLAN tag."),
    (value = 6, name = "too many VLAN tags", constant = "TOO_MANY_VLANS", doc = "More than are followed."),
    (value = 7, name = "short IPv4", constant = "SHORT_IPV4", doc = "It ends within the header."),
    (value = 8, name = "bad IPv4", constant = "BAD_IPV4", doc = "Version, header length or total length are impossible."),
    (value = 9, name = "short IPv6", constant = "SHORT_IPV6", doc = "It ends within the header."),
    (value = 10, name = "bad IPv6", constant = "BAD_IPV6", doc = "The version is impossible."),
    (value = 11, name = "short extension", constant = "SHORT_EXTENSION", doc = "It ends within a header between IP and the transport."),
    (value = 12, name = "too many extensions", constant = "TOO_MANY_EXTENSIONS", doc = "More headers between IP and the transport than are followed."),
    (value = 13, name = "short TCP", constant = "SHORT_TCP", doc = "It ends within the header."),
    (value = 14, name = "bad TCP", constant = "BAD_TCP", doc = "The data offset is below 5 or past the frame."),
    (value = 15, name = "short UDP", constant = "SHORT_UDP", doc = "It ends within the header."),
    (value = 16, name = "short ICMP", constant = "SHORT_ICMP", doc = "It ends within the header."),
    (value = 17, name = "short SCTP", constant = "SHORT_SCTP", doc = "It ends within the header."),
    (value = 18, name = "short GRE", constant = "SHORT_GRE", doc = "It ends within the header."),
    (value = 19, name = "bad GRE", constant = "BAD_GRE", doc = "A version other than 0 and 1."),
    (value = 20, name = "encapsulated", constant = "ENCAPSULATED", doc = "An EtherType that carries other packets and is not followed: MPLS, PPPoE ..."),
  ]),
  (name = "finding_what", values = [
    (value = 1, name = "block", constant = "FOUND_BLOCK", doc = "A source is blocked from now on."),
    (value = 2, name = "unblock", constant = "FOUND_UNBLOCK", doc = "The block has ended."),
    (value = 3, name = "drop", constant = "FOUND_FIRST_DROP", doc = "The first drop of a flow."),
    (value = 4, name = "scan", constant = "FOUND_SCAN", doc = "A source tried many ports."),
    (value = 5, name = "flood", constant = "FOUND_FLOOD", doc = "A source sent more than its limit."),
    (value = 6, name = "table full", constant = "FOUND_TABLE_FULL", doc = "No room for one more block."),
    (value = 7, name = "rules replaced", constant = "FOUND_RULES_REPLACED", doc = "New rules are in force."),
    (value = 8, name = "rules refused", constant = "FOUND_RULES_REFUSED", doc = "New rules have an error; the ones before stay."),
    (value = 9, name = "interface gone", constant = "FOUND_INTERFACE_GONE", doc = "An interface vanished."),
    (value = 10, name = "suppressed", constant = "FOUND_SUPPRESSED", doc = "Findings that were not written, by the limit."),
    (value = 11, name = "unparsed", constant = "FOUND_UNPARSED", doc = "Packets that rules could not look into passed."),
  ]),
  (name = "severity", values = [
    (value = 1, name = "info", constant = "SEVERITY_INFO", doc = "Nothing to do."),
    (value = 2, name = "warning", constant = "SEVERITY_WARNING", doc = "Worth a look."),
    (value = 3, name = "alert", constant = "SEVERITY_ALERT", doc = "An attack, or rules that cannot be kept."),
  ]),
  (name = "traffic_what", values = [
    (value = 1, name = "protocol", constant = "TRAFFIC_PROTOCOL", doc = "key: an ip_protocol, + 256 over IPv6; or a traffic_protocol."),
    (value = 2, name = "parse", constant = "TRAFFIC_PARSE", doc = "key: a parse_outcome."),
    (value = 3, name = "verdict", constant = "TRAFFIC_VERDICT", doc = "key: a verdict."),
    (value = 4, name = "tcp port", constant = "TRAFFIC_TCP_PORT", doc = "key: the destination port."),
    (value = 5, name = "udp port", constant = "TRAFFIC_UDP_PORT", doc = "key: the destination port."),
    (value = 6, name = "table", constant = "TRAFFIC_TABLE", doc = "Of the table of flows; key: a table_event."),
    (value = 7, name = "header", constant = "TRAFFIC_HEADER", doc = "Headers between IP and the transport; key: an ip_protocol, + 256 over IPv6."),
    (value = 8, name = "dropped", constant = "TRAFFIC_DROPPED", doc = "Those of parse that were dropped; key: a parse_outcome."),
  ]),
  # Keys of traffic rows: of `protocol` what is no IP, of `table`.
  (name = "traffic_protocol", values = [
    (value = 512, name = "arp", constant = "COUNT_ARP", doc = "ARP."),
    (value = 513, name = "other", constant = "COUNT_OTHER", doc = "All other EtherTypes."),
    (value = 514, name = "unparsed", constant = "COUNT_UNPARSED", doc = "No whole Ethernet, VLAN or IP header."),
  ], end = "COUNT_PROTOCOLS"),
  (name = "table_event", values = [
    (value = 1, name = "flows begun", constant = "TABLE_BEGUN", doc = "Flows that are counted."),
    (value = 2, name = "flows evicted", constant = "TABLE_EVICTED", doc = "Flows that had to make room: without a last row."),
    (value = 3, name = "flows refused", constant = "TABLE_REFUSED", doc = "Flows that found no room."),
  ]),
];
