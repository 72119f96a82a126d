// SPDX-License-Identifier: Apache-2.0
#include "analyzer/text/message_text.h"

#include "analyzer/text/call_text.h"
#include "analyzer/text/content_bytes.h"
#include "analyzer/text/control_text.h"
#include "analyzer/text/quote.h"
#include "analyzer/text/sockaddr_text.h"

namespace ebpftrace::analyzer {
namespace {

constexpr size_t kVectorEntry = 16, kHeader = 56, kMessage = 64;

void append_address(std::string& out, uint64_t address) {
  if (address)
    append_hex(out, address);
  else
    out += "NULL";
}

// The next part, if that is what comes next. One that does not say what it is is taken for what is looked for.
std::optional<ContentItem> next_part(ContentItems& parts, unsigned kind) {
  ContentItems after = parts;
  auto item = after.next();
  if (!item || !item->part || (item->kind && item->kind != kind)) return std::nullopt;
  parts = after;
  return item;
}

void append_vector_at(std::string& out, uint64_t address, uint64_t count, ContentItems& parts) {
  const auto vector = count ? next_part(parts, CONTENT_VECTOR) : std::nullopt;
  if (vector && !vector->unreadable)
    append_vector(out, *vector, parts);
  else if (!count && address)
    out += "[]";
  else
    append_address(out, address);
}

}  // namespace

void append_vector(std::string& out, const ContentItem& vector, ContentItems& parts) {
  out += '[';
  for (size_t at = 0; at < vector.bytes.size(); at += kVectorEntry) {
    const auto entry = vector.bytes.substr(at, kVectorEntry);
    if (at) out += ", ";
    if (entry.size() < kVectorEntry) {
      out += kDamaged;
      break;
    }
    out += "{iov_base=";
    const auto buffer = next_part(parts, CONTENT_BUFFER);
    if (buffer && !buffer->unreadable)
      append_quoted(out, buffer->bytes, buffer->cut());
    else
      append_address(out, read_at<uint64_t>(entry, 0));
    append_field(out, "iov_len", read_at<uint64_t>(entry, 8));
    out += '}';
  }
  if (vector.cut()) out += ", ...";
  out += ']';
}

void append_message(std::string& out, std::string_view header, ContentItems& parts, PassedFiles& files,
                    const trace::SymbolSets& symbols) {
  if (header.size() < kHeader) {
    out += kDamaged;
    return;
  }
  const auto name = read_at<uint64_t>(header, 0), vector = read_at<uint64_t>(header, 16),
             vectors = read_at<uint64_t>(header, 24), control_bytes = read_at<uint64_t>(header, 40);
  const auto name_bytes = read_at<uint32_t>(header, 8);
  out += "{msg_name=";
  if (const auto address = name && name_bytes ? next_part(parts, CONTENT_NAME) : std::nullopt;
      address && !address->unreadable)
    append_sockaddr(out, address->bytes, symbols);
  else
    append_address(out, name);
  append_field(out, "msg_namelen", name_bytes);
  append_field_name(out, "msg_iov");
  append_vector_at(out, vector, vector ? vectors : 0, parts);
  append_field(out, "msg_iovlen", vectors);
  if (control_bytes) {
    append_field_name(out, "msg_control");
    const auto address = read_at<uint64_t>(header, 32);
    const auto control = address ? next_part(parts, CONTENT_CONTROL) : std::nullopt;
    if (!control || control->unreadable || !append_control(out, *control, files, symbols)) append_address(out, address);
  }
  append_field(out, "msg_controllen", control_bytes);
  append_field_name(out, "msg_flags");
  trace::append_symbols(out, symbols, "flags:msg", read_at<uint32_t>(header, 48));
  out += '}';
}

void append_messages(std::string& out, const ContentItem& messages, uint64_t moved, ContentItems& parts,
                     PassedFiles& files, const trace::SymbolSets& symbols) {
  out += '[';
  for (size_t at = 0; at < messages.bytes.size(); at += kMessage) {
    const auto message = messages.bytes.substr(at, kMessage);
    if (at) out += ", ";
    if (message.size() < kMessage) {
      out += kDamaged;
      break;
    }
    out += "{msg_hdr=";
    append_message(out, message.substr(0, kHeader), parts, files, symbols);
    if (at / kMessage < moved) append_field(out, "msg_len", read_at<uint32_t>(message, kHeader));
    out += '}';
  }
  if (messages.cut()) out += ", ...";
  out += ']';
}

}  // namespace ebpftrace::analyzer
