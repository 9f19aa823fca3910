#include "findings.h"
#include "command.h"
#include "memory.h"
#include "stream_hash.h"

#include <inttypes.h>
#include <string.h>

#define COMMAND                                                                                              \
    "tshark -r CAPTURE -o tls.keylog_file:LOG -o tcp.reassemble_out_of_order:TRUE -Y \"tls or dtls\" "       \
    "-T ek -x -J \"tcp tls udp dtls\""

/* A retransmitted hello is not dissected, so a hello tells of an unknown port only in a stream that has no
 * other TLS. */
struct stream_findings {
    uint64_t number;
    bool is_there; /* false: a free place of the table */
    bool has_tls;
    uint16_t hello_port; /* the server's, if bytes look like a hello that tshark does not see; 0: none do */
};

/* Returns the place of the stream in the table, or the free one that it gets. */
static struct stream_findings *place_of(const struct findings *findings, uint64_t number)
{
    size_t i = stream_hash(findings->salt, findings->file, number, 0) % findings->n_places;

    while (findings->streams[i].is_there && findings->streams[i].number != number) {
        i = (i + 1) % findings->n_places;
    }
    return &findings->streams[i];
}

/* Makes more places before more than half of them are taken, so that a free one is found soon. tshark numbers
 * streams without gaps, but a forged number must take no more memory than another. */
static void grow(struct findings *findings)
{
    const struct findings old = *findings;

    if (findings->n_streams < findings->n_places / 2) {
        return;
    }
    findings->salt = stream_hash_salt();
    findings->n_places = 2 * old.n_places + 128;
    findings->streams = memory_take(findings->n_places * sizeof(*findings->streams));
    for (size_t i = 0; i < old.n_places; i++) {
        if (old.streams[i].is_there) {
            *place_of(findings, old.streams[i].number) = old.streams[i];
        }
    }
    memory_give_back(old.streams);
}

/* Returns what has been found in the packet's stream, or NULL if the packet has none. */
static struct stream_findings *stream_of(struct findings *findings, const struct json_packet *packet)
{
    struct stream_findings *stream;

    if (!packet->has_stream) {
        return NULL;
    }
    grow(findings);
    stream = place_of(findings, packet->stream);
    findings->n_streams += !stream->is_there;
    stream->is_there = true;
    stream->number = packet->stream;
    return stream;
}

void findings_free(struct findings *findings)
{
    memory_give_back(findings->streams);
    findings->streams = NULL;
    findings->n_streams = findings->n_places = 0;
}

/* Tells whether a payload begins as a record with a hello of this type does, 16 03 .. .. .. 01 for a
 * ClientHello. */
static bool is_hello(const struct json_value *payload, char type)
{
    return payload->type == JSON_STRING && payload->len > 12 && memcmp(payload->string, "1603", 4) == 0 &&
           payload->string[10] == '0' && payload->string[11] == type;
}

/* Tells whether a payload begins as a record of DTLS with a ClientHello does: 16 fe fd or 16 fe ff, the other
 * ten bytes of the header, 01. */
static bool is_client_hello_of_dtls(const struct json_value *payload)
{
    return payload->type == JSON_STRING && payload->len > 28 && memcmp(payload->string, "16fef", 5) == 0 &&
           memcmp(payload->string + 26, "01", 2) == 0;
}

static void take_other(struct findings *findings, const struct json_packet *packet)
{
    if (packet->has_quic && packet->has_stream && packet->payload.type == JSON_STRING) {
        findings->n_quic++;
    } else {
        findings->n_unreadable_quic += packet->has_quic;
    }
    findings->n_ssl_names += packet->has_ssl_names;
    if (packet->has_tcp && findings->n_other_tcp++ == 0) {
        findings->other_port = packet->destination_port;
    }
    if (packet->has_ssl_names || packet->has_quic) {
        return;
    }
    if (packet->has_tcp) {
        struct stream_findings *stream = stream_of(findings, packet);
        if (stream && is_hello(&packet->payload, '1')) {
            stream->hello_port = (uint16_t)packet->destination_port;
        } else if (stream && is_hello(&packet->payload, '2')) {
            stream->hello_port = (uint16_t)packet->source_port;
        }
    } else if (is_client_hello_of_dtls(&packet->payload)) {
        findings->udp_port = packet->destination_port;
    }
}

bool findings_take(struct findings *findings, const struct json_packet *packet)
{
    findings->n_packets++;
    cut_packet_note(&findings->cut, packet);
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
    if (packet->has_tls) {
        struct stream_findings *stream = stream_of(findings, packet);
        if (stream) {
            stream->has_tls = true;
        }
    }
    findings->n_tls += packet->has_tls;
    findings->n_dtls += packet->has_dtls;
    return true;
}

/* Returns the port of the first stream that looks like TLS, but is not TLS to tshark; 0: there is none. */
static unsigned undissected_port(const struct findings *findings)
{
    const struct stream_findings *first = NULL;

    for (size_t i = 0; i < findings->n_places; i++) {
        const struct stream_findings *stream = &findings->streams[i];
        if (stream->hello_port != 0 && !stream->has_tls && (!first || stream->number < first->number)) {
            first = stream;
        }
    }
    return first ? first->hello_port : 0;
}

/* Says what cannot be read, whether or not there are handshakes that can be served. */
static bool tell_unreadable(const struct findings *findings)
{
    const unsigned port = undissected_port(findings);

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
    if (port != 0) {
        command_message("%s: TLS on port %u, which tshark takes for something else: give -d tcp.port==%u,tls",
            findings->file, port, port);
    }
    if (findings->udp_port != 0) {
        command_message("%s: DTLS on port %" PRIu64
                        ", which tshark takes for something else: give -d udp.port==%" PRIu64 ",dtls",
            findings->file, findings->udp_port, findings->udp_port);
    }
    return findings->n_without_bytes + findings->n_without_stream + findings->n_ssl_names + port +
               findings->udp_port >
           0;
}

/* Says what there is in the place of TLS. */
static void tell_others(const struct findings *findings)
{
    if (findings->n_unreadable_quic > 0) {
        command_message(
            "%s: no TLS over TCP and no DTLS, but QUIC without the bytes of its datagrams: tshark needs "
            "-x, and udp in -J, as in " COMMAND,
            findings->file);
    } else if (findings->n_other_tcp > 0 && findings->cut.number != 0) {
        command_message("%s: no TLS and no DTLS, but TCP (first to port %" PRIu64
                        ") of which the snap length of the capture cut off the data: it has %" PRIu64
                        " of the %" PRIu64 " bytes of packet %" PRIu64,
            findings->file, findings->other_port, findings->cut.kept_len, findings->cut.len,
            findings->cut.number);
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
    if (findings->n_tls + findings->n_dtls + findings->n_quic > 0 ||
        (findings->n_packets == 0 && !findings->is_recording && !findings->has_lines)) {
        return false;
    }
    tell_others(findings);
    return true;
}
