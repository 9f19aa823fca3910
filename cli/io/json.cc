#include "json.h"

#include <simdjson.h>

#include <algorithm>
#include <cstring>
#include <iterator>
#include <new>
#include <string>
#include <string_view>
#include <vector>

#include <string.h>

namespace
{

using simdjson::dom::element;
using simdjson::dom::element_type;

/*
 * Finds the number of a name: open addressing over the length and three characters, which tells field names
 * apart well enough that one comparison follows.
 */
class name_table
{
  public:
    void add(std::string_view name, int number)
    {
        size_t i = place(name);
        while (slots[i].number >= 0) {
            i = (i + 1) % n_slots;
        }
        slots[i] = {name, number};
    }

    /* Returns -1 for an unknown name. */
    int find(std::string_view name) const
    {
        for (size_t i = place(name); slots[i].number >= 0; i = (i + 1) % n_slots) {
            if (slots[i].name == name) {
                return slots[i].number;
            }
        }
        return -1;
    }

  private:
    static constexpr size_t n_slots = 512; /* more than twice max_names, so there is always a free one */

    static size_t place(std::string_view name)
    {
        if (name.empty()) {
            return 0;
        }
        auto at = [name](size_t i) { return static_cast<unsigned char>(name[i]); };
        return (name.size() * 37 + at(0) * 11 + at(name.size() / 2) * 5 + at(name.size() - 1) * 3) % n_slots;
    }

    struct slot {
        std::string_view name;
        int number = -1;
    };
    slot slots[n_slots];
};

constexpr size_t max_names = JSON_MAX_FIELDS;

/* The parser has room for a text of this length from the start, so that it rarely grows. */
constexpr size_t min_capacity = 64 * 1024;

} // namespace

struct json_reader {
    simdjson::dom::parser parser;
    simdjson::dom::document document;
    name_table names;
    json_value values[max_names];
    element elements[max_names];           /* of fields whose value is neither a string nor an integer */
    json_value member;                     /* of an object in an array */
    std::vector<json_value> items;         /* of all arrays of the object */
    std::vector<json_entry> entries;       /* of an object */
    std::vector<std::string_view> unknown; /* keys */
    std::string text;
    std::string source; /* of a packet */
    std::string error;

    bool reserve(size_t len);
    const char *parse(const char *json, size_t len, element &root);
    void add_items(const element &e);
    void add_field(const element &layers, const char *layer, const char *name);
    void find_place(const element &layers, const char *transport, json_packet *packet);
    void wipe();
    static void convert(const element &e, json_value &v);
    void convert_arrays(const json_fields &fields);
    const char *fail(std::string_view what, std::string_view key);
};

/* Zeroes the strings of all objects so far, among which are secrets in hexadecimal. */
void json_reader::wipe()
{
    if (document.string_buf) {
        explicit_bzero(document.string_buf.get(), 5 * document.capacity() / 3);
    }
}

bool json_reader::reserve(size_t len)
{
    if (len <= document.capacity()) {
        return true;
    }
    size_t capacity = std::max(len + len / 2, min_capacity);
    wipe();
    return document.allocate(capacity) == simdjson::SUCCESS && parser.allocate(capacity) == simdjson::SUCCESS;
}

const char *json_reader::parse(const char *json, size_t len, element &root)
{
    if (len >= 3 && memcmp(json, "\xef\xbb\xbf", 3) == 0) {
        return "a byte order mark inside the input"; /* newer versions of simdjson skip it */
    }
    if (!reserve(len)) {
        return "no memory for a line of this length";
    }
    simdjson::error_code code = parser.parse_into_document(document, json, len, false).get(root);
    return code == simdjson::SUCCESS ? nullptr : fail("invalid JSON: ", simdjson::error_message(code));
}

/* Converts a value in place, so that none is copied whole. Arrays are left for convert_arrays(). */
inline void json_reader::convert(const element &e, json_value &v)
{
    switch (e.type()) {
    case element_type::STRING: {
        std::string_view s = e.get_string().value_unsafe();
        v.type = JSON_STRING;
        v.string = s.data();
        v.len = s.size();
        break;
    }
    case element_type::INT64: /* simdjson keeps UINT64 for numbers that do not fit into INT64 */
        v.type = e.get_int64().value_unsafe() < 0 ? JSON_NUMBER : JSON_INTEGER;
        v.integer = static_cast<uint64_t>(e.get_int64().value_unsafe());
        break;
    case element_type::UINT64:
        v.type = JSON_INTEGER;
        v.integer = e.get_uint64().value_unsafe();
        break;
    case element_type::DOUBLE:
        v.type = JSON_NUMBER;
        break;
    case element_type::BOOL:
        v.type = JSON_BOOL;
        v.boolean = e.get_bool().value_unsafe();
        break;
    case element_type::ARRAY:
        v.type = JSON_ARRAY;
        break;
    case element_type::OBJECT:
        v.type = JSON_OBJECT;
        break;
    default:
        v.type = JSON_NULL;
        break;
    }
}

/* Converts arrays. The vector `items` may move while it grows, so values hold offsets into it first, and
 * pointers once all arrays are there. */
void json_reader::convert_arrays(const json_fields &fields)
{
    for (unsigned i = 0; i < max_names; i++) {
        if (json_fields_have(&fields, i)) {
            simdjson::dom::array array = elements[i].get_array().value_unsafe();
            values[i].integer = items.size();
            for (element item : array) {
                items.emplace_back();
                convert(item, items.back());
            }
            values[i].len = items.size() - values[i].integer;
        }
    }
    for (unsigned i = 0; i < max_names; i++) {
        if (json_fields_have(&fields, i)) {
            values[i].items = items.data() + values[i].integer;
        }
    }
}

/* Adds a value to items; of an array, each of its values. */
void json_reader::add_items(const element &e)
{
    simdjson::dom::array array;

    if (e.get(array) != simdjson::SUCCESS) {
        items.emplace_back();
        convert(e, items.back());
        return;
    }
    for (element item : array) {
        add_items(item);
    }
}

const char *json_reader::fail(std::string_view what, std::string_view key)
{
    error.assign(what);
    error.append(key);
    return error.c_str();
}

namespace
{

/* Returns a key that occurs twice, or "". Keys that the format does not know are few as a rule, so all pairs
 * are compared; of many keys that would take minutes, so they are sorted. */
std::string_view repeated(std::vector<std::string_view> &keys)
{
    if (keys.size() > 16) {
        std::sort(keys.begin(), keys.end());
        auto i = std::adjacent_find(keys.begin(), keys.end());
        return i == keys.end() ? std::string_view() : *i;
    }
    for (size_t i = 1; i < keys.size(); i++) {
        for (size_t k = 0; k < i; k++) {
            if (keys[i] == keys[k]) {
                return keys[i];
            }
        }
    }
    return {};
}

} // namespace

extern "C" json_reader *json_reader_new(const char *const *names, size_t n_names)
{
    json_reader *reader = n_names <= max_names ? new (std::nothrow) json_reader : nullptr;

    if (reader != nullptr) {
        for (size_t i = 0; i < n_names; i++) {
            reader->names.add(names[i], static_cast<int>(i));
        }
    }
    return reader;
}

extern "C" void json_reader_free(json_reader *reader)
{
    if (reader != nullptr) {
        reader->wipe();
        delete reader;
    }
}

extern "C" const char *json_reader_parse(
    json_reader *reader, const char *text, size_t len, struct json_fields *fields)
try {
    element root;
    simdjson::dom::object object;
    json_fields arrays{};
    bool has_arrays = false;

    *fields = json_fields{};
    const char *invalid = reader->parse(text, len, root);
    if (invalid != nullptr) {
        return invalid;
    }
    if (root.get(object) != simdjson::SUCCESS) {
        return "not a JSON object";
    }
    reader->items.clear();
    reader->unknown.clear();
    std::string_view twice;
    json_fields ambiguous{};
    for (simdjson::dom::key_value_pair pair : object) {
        int i = reader->names.find(pair.key);
        if (i < 0) {
            reader->unknown.push_back(pair.key);
            continue;
        }
        if (json_fields_have(fields, i)) {
            twice = pair.key;
            json_fields_add(&ambiguous, i);
        }
        json_fields_add(fields, i);
        reader->convert(pair.value, reader->values[i]);
        if (reader->values[i].type == JSON_ARRAY) {
            json_fields_add(&arrays, i);
            has_arrays = true;
        }
        if (reader->values[i].type != JSON_STRING && reader->values[i].type != JSON_INTEGER) {
            /* json_reader_text() and convert_arrays() need the element itself. */
            reader->elements[i] = pair.value;
        }
    }
    if (twice.data() == nullptr) {
        twice = repeated(reader->unknown);
    }
    if (twice.data() != nullptr) {
        for (size_t i = 0; i < std::size(ambiguous.words); i++) {
            fields->words[i] &= ~ambiguous.words[i];
        }
        return reader->fail("duplicate key ", twice);
    }
    if (has_arrays) {
        reader->convert_arrays(arrays);
    }
    return nullptr;
} catch (const std::bad_alloc &) {
    return "no memory for a line like this";
}

extern "C" const json_value *json_reader_field(const json_reader *reader, unsigned field)
{
    return &reader->values[field];
}

extern "C" const json_value *json_reader_member(
    json_reader *reader, unsigned field, size_t index, const char *name)
{
    element value;

    if (reader->elements[field].at(index).at_key(name).get(value) != simdjson::SUCCESS) {
        return nullptr;
    }
    reader->convert(value, reader->member);
    return &reader->member;
}

extern "C" size_t json_reader_entries(json_reader *reader, unsigned field, const struct json_entry **entries)
{
    const simdjson::dom::object object = reader->elements[field].get_object().value_unsafe();

    reader->entries.clear();
    for (simdjson::dom::key_value_pair pair : object) {
        json_entry entry{};
        entry.key = pair.key.data();
        entry.key_len = pair.key.size();
        simdjson::dom::object members;
        if (pair.value.get(members) != simdjson::SUCCESS) {
            reader->convert(pair.value, entry.value);
            reader->entries.push_back(entry);
            continue;
        }
        for (simdjson::dom::key_value_pair member : members) {
            entry.member = member.key.data();
            entry.member_len = member.key.size();
            reader->convert(member.value, entry.value);
            reader->entries.push_back(entry);
        }
    }
    *entries = reader->entries.data();
    return reader->entries.size();
}

extern "C" const char *json_reader_unknown(const json_reader *reader, size_t index, size_t *len)
{
    if (index >= reader->unknown.size()) {
        return nullptr;
    }
    *len = reader->unknown[index].size();
    return reader->unknown[index].data();
}

extern "C" const char *json_reader_text(json_reader *reader, unsigned field, size_t *len)
try {
    if (reader->values[field].type == JSON_INTEGER) {
        reader->text = std::to_string(reader->values[field].integer);
    } else {
        reader->text = simdjson::minify(reader->elements[field]);
    }
    *len = reader->text.size();
    return reader->text.data();
} catch (const std::bad_alloc &) {
    *len = 4;
    return "null";
}

namespace
{

/* A value of a layer; the last one where tshark met the field, or the layer, more than once. */
bool last_string(const element &from, const char *name, std::string_view &text)
{
    element value;
    simdjson::dom::array several;

    if (from.at_key(name).get(value) != simdjson::SUCCESS) {
        return false;
    }
    if (value.get(several) == simdjson::SUCCESS) {
        if (several.size() == 0) {
            return false;
        }
        value = several.at(several.size() - 1).value_unsafe();
    }
    return value.get(text) == simdjson::SUCCESS;
}

bool number(const element &from, const char *name, uint64_t &value)
{
    std::string_view text;

    if (!last_string(from, name, text)) {
        return false;
    }
    value = strtoull(std::string(text).c_str(), nullptr, 10);
    return true;
}

/* The sender's address, digits of the IP header that -x prints, which may be absent. */
std::string_view source_address(const element &layers)
{
    std::string_view header;

    if (last_string(layers, "ip_raw", header) && header.size() >= 32) {
        return header.substr(24, 8);
    }
    if (last_string(layers, "ipv6_raw", header) && header.size() >= 48) {
        return header.substr(16, 32);
    }
    return {};
}

bool is_empty_object(simdjson::simdjson_result<element> layer)
{
    simdjson::dom::object fields;

    return layer.get(fields) == simdjson::SUCCESS && fields.size() == 0;
}

/* Calls what for the layer, or for each of several. */
template <typename function> void for_each_layer(const element &layer, function what)
{
    simdjson::dom::array several;

    if (layer.get(several) != simdjson::SUCCESS) {
        what(layer);
        return;
    }
    for (element one : several) {
        what(one);
    }
}

} // namespace

/* Adds what the layer has under this name, which tshark repeats where the field is in subtrees of several
 * names. */
void json_reader::add_field(const element &layers, const char *layer, const char *name)
{
    for_each_layer(layers.at_key(layer).value_unsafe(), [&](const element &one) {
        simdjson::dom::object fields;
        if (one.get(fields) != simdjson::SUCCESS) {
            return;
        }
        for (simdjson::dom::key_value_pair field : fields) {
            if (field.key == name) {
                add_items(field.value);
            }
        }
    });
}

/* Stream, sender and place of the packet. */
void json_reader::find_place(const element &layers, const char *transport, json_packet *packet)
{
    element layer;
    std::string_view payload;
    const std::string prefix = std::string(transport) + "_" + transport + "_";

    if (layers.at_key(transport).get(layer) != simdjson::SUCCESS) {
        return;
    }
    packet->has_stream = number(layer, (prefix + "stream").c_str(), packet->stream);
    number(layer, (prefix + "srcport").c_str(), packet->source_port);
    number(layer, (prefix + "dstport").c_str(), packet->destination_port);
    source.assign(source_address(layers)).append(":").append(std::to_string(packet->source_port));
    packet->source = source.c_str();
    const bool has_place = !packet->has_tcp || number(layer, (prefix + "seq").c_str(), packet->sequence);
    if (!packet->has_dtls && has_place && last_string(layer, (prefix + "payload_raw").c_str(), payload)) {
        packet->payload.type = JSON_STRING;
        packet->payload.string = payload.data();
        packet->payload.len = payload.size();
    }
}

extern "C" const char *json_reader_packet(
    json_reader *reader, const char *text, size_t len, struct json_packet *packet)
try {
    element root;
    element layers;
    element frame;

    *packet = json_packet{};
    const char *invalid = reader->parse(text, len, root);
    if (invalid != nullptr) {
        return invalid;
    }
    if (root.at_key("layers").get(layers) != simdjson::SUCCESS) {
        return root.at_key("index").error() == simdjson::SUCCESS ? nullptr : "not what tshark -T ek prints";
    }
    auto has = [&](const char *name) { return layers.at_key(name).error() == simdjson::SUCCESS; };
    packet->is_packet = true;
    if (layers.at_key("frame").get(frame) == simdjson::SUCCESS) {
        number(frame, "frame_frame_number", packet->number);
    }
    packet->has_tls = has("tls");
    packet->has_dtls = !packet->has_tls && has("dtls");
    packet->has_ssl_names = has("ssl");
    packet->has_quic = has("quic");
    packet->has_tcp = has("tcp");
    packet->has_udp = has("udp");
    reader->find_place(layers, packet->has_dtls || !packet->has_tcp ? "udp" : "tcp", packet);
    if (!packet->has_tls && !packet->has_dtls) {
        return nullptr;
    }
    const char *layer = packet->has_tls ? "tls" : "dtls";
    const std::string prefix = std::string(layer) + "_" + layer + "_";
    reader->items.clear();
    reader->add_field(layers, layer, (prefix + "record_raw").c_str());
    packet->n_records = reader->items.size();
    reader->add_field(layers, layer, (prefix + "handshake_raw").c_str());
    packet->n_messages = reader->items.size() - packet->n_records;
    packet->records = reader->items.data();
    packet->messages = reader->items.data() + packet->n_records;
    /* A segment that begins a record and does not end it has bytes, but no record yet. A layer without fields
     * has no bytes to lack: tshark 4.4 prints one for a FIN that ends a message of HTTP. */
    packet->has_raw = packet->n_records > 0 || has((std::string(layer) + "_raw").c_str()) ||
                      is_empty_object(layers.at_key(layer));
    return nullptr;
} catch (const std::bad_alloc &) {
    return "no memory for a line like this";
}
