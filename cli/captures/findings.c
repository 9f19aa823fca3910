#include "findings.h"
#include "command.h"

#include <inttypes.h>
#include <string.h>

#define COMMAND                                                                                              \
    "tshark -r CAPTURE -o tls.keylog_file:LOG -o tcp.reassemble_out_of_order:TRUE -Y \"tls or dtls\" "       \
    "-T ek -x -J \"tcp tls udp dtls\""

/* A record with a ClientHello or ServerHello in it: 16 03 .. .. .. 01, in hexadecimal. */
static bool is_hello(const struct json_value *payload, char type)
{
    return payload->type == JSON_STRING && payload->len > 12 && memcmp(payload->string, "1603", 4) == 0 &&
           payload->string[10] == '0' && payload->string[11] == type;
}

static void take_other(struct findings *findings, const struct json_packet *packet)
{
    findings->n_quic += packet->has_quic;
    findings->n_ssl_names += packet->has_ssl_names;
    if (packet->has_tcp && findings->n_other_tcp++ == 0) {
        findings->other_port = packet->destination_port;
    }
    if (packet->has_ssl_names) {
        return;
    }
    if (is_hello(&packet->payload, '1')) {
        findings->undissected_port = packet->destination_port;
    } else if (is_hello(&packet->payload, '2')) {
        findings->undissected_port = packet->source_port;
    }
}

bool findings_take(struct findings *findings, const struct json_packet *packet)
{
    findings->n_packets++;
    if (packet->has_quic || !(packet->has_tls || packet->has_dtls)) {
        take_other(findings, packet);
        return false;
    }
    if (!packet->has_stream) {
        findings->n_without_stream++;
        return false;
    }
    if (!packet->has_raw) {
        findings->n_without_bytes++;
        return false;
    }
    findings->n_tls += packet->has_tls;
    findings->n_dtls += packet->has_dtls;
    return true;
}

/* What is wrong whether or not there are handshakes that can be served. */
static bool tell_unreadable(const struct findings *findings)
{
    if (findings->n_without_bytes > 0) {
        command_message("%s: %" PRIu64
                        " packets with TLS lack the bytes of their records: tshark needs -x, as in " COMMAND,
            findings->file, findings->n_without_bytes);
    }
    if (findings->n_without_stream > 0) {
        command_message("%s: %" PRIu64
                        " packets with TLS lack tcp.stream: it is TLS in something else than TCP or UDP "
                        "(EAP, for one), which is not served, or tshark ran without -J \"tcp tls udp dtls\"",
            findings->file, findings->n_without_stream);
    }
    if (findings->n_ssl_names > 0) {
        command_message("%s: %" PRIu64
                        " packets have the field names of a tshark older than 3.0 (ssl instead of tls): a "
                        "newer one is needed",
            findings->file, findings->n_ssl_names);
    }
    if (findings->undissected_port != 0) {
        command_message("%s: TLS on port %" PRIu64
                        ", which tshark takes for something else: give -d tcp.port==%" PRIu64 ",tls",
            findings->file, findings->undissected_port, findings->undissected_port);
    }
    return findings->n_without_bytes + findings->n_without_stream + findings->n_ssl_names +
               findings->undissected_port >
           0;
}

/* What there is in the place of TLS. */
static void tell_others(const struct findings *findings)
{
    if (findings->n_quic > 0) {
        command_message(
            "%s: no TLS over TCP and no DTLS, but QUIC, whose handshake is TLS 1.3, which is not served",
            findings->file);
    } else if (findings->n_other_tcp > 0) {
        command_message("%s: no TLS and no DTLS, but TCP (first to port %" PRIu64
                        ") that tshark does not take for TLS; if "
                        "it is, give -d tcp.port==%" PRIu64 ",tls",
            findings->file, findings->other_port, findings->other_port);
    } else {
        command_message("%s: no TLS and no DTLS, nor QUIC, nor any data over TCP", findings->file);
    }
}

bool findings_tell(const struct findings *findings)
{
    if (tell_unreadable(findings)) {
        return true;
    }
    if (findings->n_tls + findings->n_dtls > 0 || (findings->n_packets == 0 && !findings->is_recording)) {
        return false;
    }
    tell_others(findings);
    return true;
}
