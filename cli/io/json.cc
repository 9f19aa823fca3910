#include "json.h"
#include "json_text.h"
#include "memory.h"
#include "quoted_word.h"

#include <simdjson.h>

#include <algorithm>
#include <cstring>
#include <iterator>
#include <new>
#include <string>
#include <string_view>
#include <vector>

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

/* A longer text gets room for itself alone, and the parser lets go of it when a much shorter one comes: for
 * each byte of a text simdjson takes 14, in case that all of them are commas. */
constexpr size_t long_text = 1024 * 1024;

/* The words for what simdjson finds wrong. */
const char *what_is_wrong(simdjson::error_code code)
{
    switch (code) {
    case simdjson::UTF8_ERROR:
        return "invalid JSON: not UTF-8";
    case simdjson::UNESCAPED_CHARS:
        return "invalid JSON: a control character in a string";
    case simdjson::UNCLOSED_STRING:
        return "invalid JSON: a string without its closing quotation mark";
    case simdjson::STRING_ERROR:
        return "invalid JSON: a backslash in a string with something behind it that is no escape";
    case simdjson::NUMBER_ERROR:
        return "invalid JSON: digits that are no number";
    case simdjson::T_ATOM_ERROR:
    case simdjson::F_ATOM_ERROR:
    case simdjson::N_ATOM_ERROR:
        return "invalid JSON: a word that is not true, false or null";
    case simdjson::DEPTH_ERROR:
        return "invalid JSON: brackets in more than 1024 brackets";
    case simdjson::MEMALLOC:
        return MEMORY_LINE_ERROR;
    default:
        return "invalid JSON: a bracket, comma, colon or quotation mark is missing or in the wrong place";
    }
}

/* Calls what(), and returns false where that finds no memory: vectors and strings grow with the line, and a
 * line that there is no memory for fails alone. */
template <typename function> bool has_memory(function what)
{
    bool has = true;

    memory_new_throws = true;
    try {
        what();
    } catch (const std::bad_alloc &) {
        has = false;
    }
    memory_new_throws = false;
    return has;
}

} // namespace

struct json_reader {
    simdjson::dom::parser parser;
    simdjson::dom::document document;
    name_table names;
    json_value values[max_names];
    element elements[max_names]; /* of fields whose value is neither a string nor an integer */
    size_t places[max_names];    /* number of the field's value among those of the object */
    const char *json;            /* the text that was parsed last, and its length in bytes */
    size_t json_len;
    bool has_stand_ins;                    /* json_text_put_stand_ins() found something in it */
    json_value member;                     /* of an object in an array */
    std::vector<json_value> items;         /* of all arrays of the object */
    std::vector<element> item_elements;    /* the same */
    std::vector<json_entry> entries;       /* of an object */
    std::vector<std::string_view> unknown; /* keys */
    std::vector<std::string_view> inner;   /* keys of an object inside */
    std::string packed;                    /* an object or array without white space */
    std::string source;                    /* of a packet */
    std::string error;

    bool reserve(size_t len);
    void release();
    const char *parse(const char *json, size_t len, element &root);
    simdjson::error_code parse_with_stand_ins(element &root);
    void add_items(const element &e);
    const char *convert_fields(const simdjson::dom::object &object, json_fields *fields);
    void add_field(const element &layers, const char *layer, const char *name);
    void find_place(const element &layers, const char *transport, json_packet *packet);
    void convert(const element &e, json_value &v) const;
    bool convert_arrays(const json_fields &fields);
    void append_key(std::string_view key);
    const char *parse_fields(const char *text, size_t len, json_fields *fields);
    bool find_entries(unsigned field);
    const char *parse_packet(const char *text, size_t len, json_packet *packet);
};

void json_reader::release()
{
    document = simdjson::dom::document();
    parser = simdjson::dom::parser();
    unknown = {};
    inner = {};
    packed = {};
}

/* Parser and document both have room for the text, or neither has any: each takes the other's word for it. */
bool json_reader::reserve(size_t len)
{
    const bool is_too_large = document.capacity() > long_text && len < document.capacity() / 8;

    if (len <= document.capacity() && !is_too_large) {
        return true;
    }
    const size_t capacity = len > long_text ? len : std::max(len + len / 2, min_capacity);
    release();
    if (document.allocate(capacity) == simdjson::SUCCESS && parser.allocate(capacity) == simdjson::SUCCESS) {
        return true;
    }
    release();
    return false;
}

/* The text stays as it is, because the text of an id is taken from it. */
simdjson::error_code json_reader::parse_with_stand_ins(element &root)
{
    char *copy = static_cast<char *>(memory_try(json_len + JSON_PADDING));
    simdjson::error_code code = simdjson::MEMALLOC;

    if (copy != nullptr) {
        memcpy(copy, json, json_len);
        has_stand_ins = json_text_put_stand_ins(copy, json_len);
        code = parser.parse_into_document(document, copy, json_len, false).get(root);
    }
    memory_give_back(copy);
    return code;
}

const char *json_reader::parse(const char *text, size_t len, element &root)
{
    const std::string_view whole(text, len);
    const size_t first = whole.find_first_not_of(" \t\r\n");

    json = text;
    json_len = len;
    has_stand_ins = false;
    if (whole.substr(0, 3) == "\xef\xbb\xbf") {
        return "a byte order mark inside the input"; /* newer versions of simdjson skip it */
    }
    if (first == std::string_view::npos || whole[first] != '{') {
        return "not a JSON object";
    }
    if (!reserve(len)) {
        return what_is_wrong(simdjson::MEMALLOC);
    }
    simdjson::error_code code = parser.parse_into_document(document, json, len, false).get(root);
    if (code != simdjson::SUCCESS) {
        code = parse_with_stand_ins(root);
    }
    return code == simdjson::SUCCESS ? nullptr : what_is_wrong(code);
}

/* Converts a value in place, so that none is copied whole. Arrays are left for convert_arrays(). */
inline void json_reader::convert(const element &e, json_value &v) const
{
    switch (e.type()) {
    case element_type::STRING: {
        std::string_view s = e.get_string().value_unsafe();
        v.type = has_stand_ins && json_text_may_stand_in(s.data(), s.size()) ? JSON_NO_UNICODE : JSON_STRING;
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
 * pointers once all arrays are there. Returns false if there are too many items. */
bool json_reader::convert_arrays(const json_fields &fields)
{
    for (unsigned i = 0; i < max_names; i++) {
        if (json_fields_have(&fields, i)) {
            simdjson::dom::array array = elements[i].get_array().value_unsafe();
            values[i].integer = items.size();
            for (element item : array) {
                if (items.size() == JSON_MAX_ITEMS) {
                    return false;
                }
                items.emplace_back();
                convert(item, items.back());
                item_elements.push_back(item);
            }
            values[i].len = items.size() - values[i].integer;
        }
    }
    for (unsigned i = 0; i < max_names; i++) {
        if (json_fields_have(&fields, i)) {
            values[i].items = items.data() + values[i].integer;
        }
    }
    return true;
}

/* Adds a value to items; of an array, each of its values. What is too much is left out. */
void json_reader::add_items(const element &e)
{
    simdjson::dom::array array;

    if (e.get(array) != simdjson::SUCCESS) {
        if (items.size() < JSON_MAX_ITEMS) {
            items.emplace_back();
            convert(e, items.back());
        }
        return;
    }
    for (element item : array) {
        add_items(item);
    }
}

void json_reader::append_key(std::string_view key)
{
    char room[QUOTED_WORD_ROOM];
    size_t len = key.size();
    const char *const quoted = quoted_word(room, key.data(), &len);

    error.append(quoted, len);
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

/* Returns a key that occurs twice in an object that is this value or inside it, or "". */
std::string_view repeated_inside(const element &value, std::vector<std::string_view> &keys)
{
    simdjson::dom::array array;
    simdjson::dom::object object;
    std::string_view twice;

    if (value.get(array) == simdjson::SUCCESS) {
        for (element item : array) {
            if (twice = repeated_inside(item, keys); twice.data() != nullptr) {
                return twice;
            }
        }
    }
    if (value.get(object) != simdjson::SUCCESS) {
        return {};
    }
    keys.clear();
    keys.reserve(object.size());
    for (simdjson::dom::key_value_pair pair : object) {
        keys.push_back(pair.key);
    }
    if (twice = repeated(keys); twice.data() != nullptr) {
        return twice;
    }
    for (simdjson::dom::key_value_pair pair : object) {
        if (twice = repeated_inside(pair.value, keys); twice.data() != nullptr) {
            return twice;
        }
    }
    return {};
}

} // namespace

extern "C" json_reader *json_reader_new(const char *const *names, size_t n_names)
{
    json_reader *reader = n_names <= max_names ? new (std::nothrow) json_reader : nullptr;

    if (reader != nullptr && !reader->reserve(1)) { /* simdjson starts here, where it may give up */
        delete reader;
        reader = nullptr;
    }
    for (size_t i = 0; reader != nullptr && i < n_names; i++) {
        reader->names.add(names[i], static_cast<int>(i));
    }
    return reader;
}

extern "C" void json_reader_free(json_reader *reader)
{
    delete reader;
}

/* Converts the values of the fields. Returns what is wrong with the object, or null. */
const char *json_reader::convert_fields(const simdjson::dom::object &object, json_fields *fields)
{
    std::string_view twice;
    std::string_view inside; /* the key behind which an object has a key twice */
    json_fields arrays{};
    json_fields ambiguous{};
    bool has_arrays = false;
    size_t place = 0;

    for (simdjson::dom::key_value_pair pair : object) {
        const size_t here = place++;
        const int i = names.find(pair.key);
        const std::string_view twice_inside = repeated_inside(pair.value, inner);
        if (twice_inside.data() != nullptr) {
            twice = twice_inside;
            inside = pair.key;
            if (i >= 0) {
                json_fields_add(&ambiguous, i);
            }
        }
        if (i < 0) {
            unknown.push_back(pair.key);
            continue;
        }
        if (json_fields_have(fields, i)) {
            twice = pair.key;
            inside = {};
            json_fields_add(&ambiguous, i);
        }
        json_fields_add(fields, i);
        places[i] = here;
        convert(pair.value, values[i]);
        if (values[i].type == JSON_ARRAY) {
            json_fields_add(&arrays, i);
            has_arrays = true;
        }
        if (values[i].type != JSON_STRING && values[i].type != JSON_INTEGER) {
            elements[i] =
                pair.value; /* for convert_arrays(), json_reader_member() and json_reader_entries() */
        }
    }
    if (twice.data() == nullptr) {
        twice = repeated(unknown);
    }
    if (twice.data() != nullptr) {
        for (size_t i = 0; i < std::size(ambiguous.words); i++) {
            fields->words[i] &= ~ambiguous.words[i];
        }
        error.assign("duplicate key ");
        append_key(twice);
        if (inside.data() != nullptr) {
            error.append(" inside ");
            append_key(inside);
        }
        return error.c_str();
    }
    return !has_arrays || convert_arrays(arrays) ? nullptr : "arrays with more than 65536 items";
}

const char *json_reader::parse_fields(const char *text, size_t len, json_fields *fields)
{
    element root;
    simdjson::dom::object object;

    const char *invalid = parse(text, len, root);
    if (invalid != nullptr) {
        return invalid;
    }
    if (root.get(object) != simdjson::SUCCESS) {
        return "not a JSON object";
    }
    items.clear();
    item_elements.clear();
    unknown.clear();
    unknown.reserve(object.size());
    return convert_fields(object, fields);
}

extern "C" const char *json_reader_parse(
    json_reader *reader, const char *text, size_t len, struct json_fields *fields)
{
    const char *wrong = nullptr;

    *fields = json_fields{};
    if (!has_memory([&] { wrong = reader->parse_fields(text, len, fields); })) {
        *fields = json_fields{}; /* arrays among them may not have been converted */
        reader->release();
        return what_is_wrong(simdjson::MEMALLOC);
    }
    return wrong;
}

extern "C" const json_value *json_reader_field(const json_reader *reader, unsigned field)
{
    return &reader->values[field];
}

extern "C" const json_value *json_reader_member(
    json_reader *reader, unsigned field, size_t index, const char *name)
{
    const size_t first = reader->values[field].items - reader->items.data();
    element value;

    if (reader->item_elements[first + index].at_key(name).get(value) != simdjson::SUCCESS) {
        return nullptr;
    }
    reader->convert(value, reader->member);
    return &reader->member;
}

/* Returns false if there are too many entries. */
bool json_reader::find_entries(unsigned field)
{
    const simdjson::dom::object object = elements[field].get_object().value_unsafe();
    auto add = [this](const json_entry &entry, const element &value) {
        entries.push_back(entry);
        convert(value, entries.back().value);
        return entries.size() <= JSON_MAX_ITEMS;
    };

    entries.clear();
    for (simdjson::dom::key_value_pair pair : object) {
        json_entry entry{};
        entry.key = pair.key.data();
        entry.key_len = pair.key.size();
        simdjson::dom::object members;
        if (pair.value.get(members) != simdjson::SUCCESS) {
            if (!add(entry, pair.value)) {
                return false;
            }
            continue;
        }
        for (simdjson::dom::key_value_pair inside : members) {
            entry.member = inside.key.data();
            entry.member_len = inside.key.size();
            if (!add(entry, inside.value)) {
                return false;
            }
        }
    }
    return true;
}

extern "C" bool json_reader_entries(
    json_reader *reader, unsigned field, const struct json_entry **entries, size_t *n_entries)
{
    bool are_few = false;

    if (!has_memory([&] { are_few = reader->find_entries(field); })) {
        memory_give_up();
    }
    *entries = reader->entries.data();
    *n_entries = reader->entries.size();
    return are_few;
}

extern "C" const char *json_reader_unknown(const json_reader *reader, size_t index, size_t *len)
{
    if (index >= reader->unknown.size()) {
        return nullptr;
    }
    *len = reader->unknown[index].size();
    return reader->unknown[index].data();
}

/* Only objects and arrays have white space that is no part of a string. */
extern "C" const char *json_reader_text(json_reader *reader, unsigned field, size_t *len)
{
    const char *raw = json_text_value(reader->json, reader->json_len, reader->places[field], len);

    if (*raw != '{' && *raw != '[') {
        return raw;
    }
    if (!has_memory([&] { reader->packed.resize(*len); })) {
        memory_give_up();
    }
    if (simdjson::minify(raw, *len, reader->packed.data(), *len) != simdjson::SUCCESS) {
        return raw;
    }
    return reader->packed.data();
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

const char *json_reader::parse_packet(const char *text, size_t len, json_packet *packet)
{
    element root;
    element layers;
    element frame;

    const char *invalid = parse(text, len, root);
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
        number(frame, "frame_frame_len", packet->len);
        number(frame, "frame_frame_cap_len", packet->kept_len);
    }
    packet->has_tls = has("tls");
    packet->has_dtls = !packet->has_tls && has("dtls");
    packet->has_ssl_names = has("ssl");
    packet->has_quic = has("quic");
    packet->has_tcp = has("tcp");
    packet->has_udp = has("udp");
    find_place(layers, packet->has_dtls || !packet->has_tcp ? "udp" : "tcp", packet);
    if (!packet->has_tls && !packet->has_dtls) {
        return nullptr;
    }
    const char *layer = packet->has_tls ? "tls" : "dtls";
    const std::string prefix = std::string(layer) + "_" + layer + "_";
    items.clear();
    add_field(layers, layer, (prefix + "record_raw").c_str());
    packet->n_records = items.size();
    add_field(layers, layer, (prefix + "handshake_raw").c_str());
    packet->n_messages = items.size() - packet->n_records;
    packet->records = items.data();
    packet->messages = items.data() + packet->n_records;
    /* A segment that begins a record and does not end it has bytes, but no record yet. A layer without fields
     * has no bytes to lack: tshark 4.4 prints one for a FIN that ends a message of HTTP. */
    packet->has_raw = packet->n_records > 0 || has((std::string(layer) + "_raw").c_str()) ||
                      is_empty_object(layers.at_key(layer));
    return nullptr;
}

extern "C" const char *json_reader_packet(
    json_reader *reader, const char *text, size_t len, struct json_packet *packet)
{
    const char *wrong = nullptr;

    *packet = json_packet{};
    if (!has_memory([&] { wrong = reader->parse_packet(text, len, packet); })) {
        *packet = json_packet{};
        reader->release();
        return what_is_wrong(simdjson::MEMALLOC);
    }
    return wrong;
}
