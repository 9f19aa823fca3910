#include "quic_packet.h"
#include "memory.h"
#include "message_reader.h"
#include "record_ciphers.h"

#include <string.h>

enum {
    LONG_HEADER = 0x80,
    FIXED_BIT = 0x40,
    SAMPLE_LEN = 16,
    MASK_LEN = 5,
    MAX_NUMBER_LEN = 4,
    NONCE_LEN = 12
};

/* Reads a number of 1, 2, 4 or 8 bytes, RFC 9000 section 16. */
static uint64_t read_varint(struct message_reader *reader)
{
    const unsigned first = message_read_number(reader, 1);
    uint64_t number = first & 0x3f;

    for (unsigned left = (1u << (first >> 6)) - 1; left > 0; left--) {
        number = number << 8 | message_read_number(reader, 1);
    }
    return number;
}

static struct lanekdf_bytes read_varint_vector(struct message_reader *reader)
{
    const uint64_t len = read_varint(reader);

    return message_read_bytes(reader, len > SIZE_MAX ? SIZE_MAX : (size_t)len);
}

/* The types of long headers are numbered otherwise in version 2. */
static enum quic_type long_type(uint32_t version, unsigned first)
{
    const unsigned number = first >> 4 & 3;

    return (enum quic_type)(version == LANEKDF_QUIC_V2 ? (number + 3) % 4 : number);
}

/* Reads a long header behind its first byte. No connection ID of version 1 or 2 is longer than 20 bytes (RFC
 * 9000 section 17.2), which is the room that those who keep one have. */
static bool read_long(struct message_reader *reader, unsigned first, struct quic_packet *packet)
{
    uint64_t len;

    packet->version = message_read_number(reader, 4);
    packet->destination = message_read_vector(reader, 1);
    packet->source = message_read_vector(reader, 1);
    if (reader->is_broken || packet->destination.len > LANEKDF_MAX_CONNECTION_ID ||
        packet->source.len > LANEKDF_MAX_CONNECTION_ID ||
        (packet->version != LANEKDF_QUIC_V1 && packet->version != LANEKDF_QUIC_V2)) {
        return false;
    }
    packet->type = long_type(packet->version, first);
    if (packet->type == QUIC_RETRY) { /* up to the end of the datagram */
        packet->bytes.len += reader->left;
        return true;
    }
    if (packet->type == QUIC_INITIAL) {
        read_varint_vector(reader); /* token */
    }
    len = read_varint(reader);
    packet->number_at = (size_t)(reader->at - packet->bytes.data);
    message_read_bytes(reader, len > SIZE_MAX ? SIZE_MAX : (size_t)len);
    packet->bytes.len = (size_t)(reader->at - packet->bytes.data);
    return !reader->is_broken;
}

/* Whether there is nothing but zeros, which may stand behind the packets of a datagram. */
static bool is_padding(struct lanekdf_bytes bytes)
{
    size_t i = 0;

    while (i < bytes.len && bytes.data[i] == 0) {
        i++;
    }
    return i == bytes.len;
}

/* The second bit of the first byte tells nothing, since a sender may choose it (RFC 9287). */
bool quic_packet_next(struct lanekdf_bytes *datagram, size_t short_id_len, struct quic_packet *packet)
{
    struct message_reader reader = {datagram->data, datagram->len, false};
    unsigned first;

    if (is_padding(*datagram)) {
        return false;
    }
    first = message_read_number(&reader, 1);
    *packet = (struct quic_packet){.type = QUIC_OTHER, .bytes = {datagram->data, 0}};
    if ((first & LONG_HEADER) != 0) {
        if (!read_long(&reader, first, packet)) {
            return false;
        }
    } else {
        packet->type = QUIC_1RTT;
        packet->destination = message_read_bytes(&reader, short_id_len);
        packet->number_at = 1 + short_id_len;
        packet->bytes.len = datagram->len;
    }
    if (packet->type == QUIC_RETRY) {
        packet->bytes.len = datagram->len;
    }
    *datagram = (struct lanekdf_bytes){datagram->data + packet->bytes.len, datagram->len - packet->bytes.len};
    return !reader.is_broken;
}

/* The packet number nearest to the one that is expected, of which the packet has the last bytes: RFC 9000
 * section A.3. */
static uint64_t whole_number(uint64_t expected, uint64_t truncated, size_t len)
{
    const uint64_t window = UINT64_C(1) << 8 * len, half = window / 2;
    const uint64_t candidate = (expected & ~(window - 1)) | truncated;

    if (candidate + half <= expected) {
        return candidate + window;
    }
    return candidate > expected + half && candidate >= window ? candidate - window : candidate;
}

enum quic_opened quic_packet_open(const struct quic_packet *packet, const struct quic_keys *keys,
    uint64_t *largest, uint8_t *plain, size_t *len)
{
    const struct lanekdf_bytes bytes = packet->bytes;
    const size_t sample_at = packet->number_at + MAX_NUMBER_LEN;
    uint8_t header[1 + 4 + 2 * (1 + 255) + 9 + 8 + MAX_NUMBER_LEN], *whole = header, mask[MASK_LEN],
                                                                    nonce[NONCE_LEN];
    uint64_t number = 0;
    size_t number_len;
    enum cipher_status status;

    *len = 0;
    if (sample_at + SAMPLE_LEN > bytes.len || keys->iv.len != NONCE_LEN) {
        return QUIC_REFUSED;
    }
    status = cipher_mask(keys->cipher, keys->hp, bytes.data + sample_at, mask);
    if (status != CIPHER_DONE) {
        return status == CIPHER_ABSENT ? QUIC_CIPHER_ABSENT : QUIC_REFUSED;
    }
    if (sample_at > sizeof(header)) { /* a long token stands in the header */
        whole = memory_take(sample_at);
    }
    memcpy(whole, bytes.data, sample_at);
    whole[0] ^= mask[0] & (bytes.data[0] & LONG_HEADER ? 0x0f : 0x1f);
    number_len = (size_t)(whole[0] & 3) + 1;
    for (size_t i = 0; i < number_len; i++) {
        whole[packet->number_at + i] ^= mask[1 + i];
        number = number << 8 | whole[packet->number_at + i];
    }
    number = whole_number(*largest, number, number_len);
    memcpy(nonce, keys->iv.data, NONCE_LEN);
    for (size_t i = 0; i < sizeof(number); i++) {
        nonce[NONCE_LEN - 1 - i] ^= (uint8_t)(number >> 8 * i);
    }
    const size_t header_len = packet->number_at + number_len;
    status = bytes.len - header_len < keys->tag_len
                 ? CIPHER_REFUSED
                 : cipher_open(keys->cipher, keys->key, nonce, (struct lanekdf_bytes){whole, header_len},
                       (struct lanekdf_bytes){bytes.data + header_len, bytes.len - header_len}, keys->tag_len,
                       plain);
    if (whole != header) {
        memory_give_back(whole);
    }
    if (status != CIPHER_DONE) {
        return status == CIPHER_ABSENT ? QUIC_CIPHER_ABSENT : QUIC_REFUSED;
    }
    *len = bytes.len - header_len - keys->tag_len;
    *largest = number + 1 > *largest ? number + 1 : *largest;
    return QUIC_OPENED;
}

enum frame { FRAME_PADDING = 0, FRAME_PING = 1, FRAME_ACK = 2, FRAME_ACK_ECN = 3, FRAME_CRYPTO = 6 };

/* Passes over an ACK frame behind its type. */
static void skip_ack(struct message_reader *reader, bool has_ecn)
{
    uint64_t n_ranges;

    read_varint(reader); /* largest */
    read_varint(reader); /* delay */
    n_ranges = read_varint(reader);
    read_varint(reader); /* first range */
    for (uint64_t i = 0; i < n_ranges && !reader->is_broken; i++) {
        read_varint(reader);
        read_varint(reader);
    }
    for (int i = 0; i < 3 && has_ecn; i++) {
        read_varint(reader);
    }
}

bool quic_crypto_next(struct lanekdf_bytes *plain, uint64_t *offset, struct lanekdf_bytes *bytes)
{
    struct message_reader reader = {plain->data, plain->len, false};

    while (reader.left > 0 && !reader.is_broken) {
        const uint64_t type = read_varint(&reader);
        if (type == FRAME_CRYPTO) {
            *offset = read_varint(&reader);
            *bytes = read_varint_vector(&reader);
            *plain = (struct lanekdf_bytes){reader.at, reader.left};
            return !reader.is_broken;
        }
        if (type == FRAME_ACK || type == FRAME_ACK_ECN) {
            skip_ack(&reader, type == FRAME_ACK_ECN);
        } else if (type != FRAME_PADDING && type != FRAME_PING) {
            return false; /* CONNECTION_CLOSE, behind which nothing of a handshake comes */
        }
    }
    return false;
}
