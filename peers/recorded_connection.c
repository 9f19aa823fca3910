#include "recorded_connection.h"

const char *recorded_output_name(const struct recorded_connection *recorded, size_t at)
{
    const size_t update_len = MAX_HASH_LEN + MAX_KEYS_LEN;
    const size_t first_update = recorded_next_secret_at(recorded, 0);
    if (at >= recorded_exported_at(recorded, 0)) {
        return "keying_material";
    }
    if (at >= first_update) {
        return (at - first_update) % update_len < MAX_HASH_LEN ? "next_secret" : "next_keys";
    }
    return at >= recorded_psks_at(recorded)             ? "psk"
           : at >= recorded_early_keys_at(recorded)     ? "client_early_keys"
           : at >= recorded_early_exporter_at(recorded) ? "early_exporter_master_secret"
                                                        : "client_early_traffic_secret";
}

struct connection_call connection_call_of_number(
    const struct connection *connection, const struct recorded_connection *recorded, size_t number)
{
    int stage = 0;
    for (; stage < N_STAGES; stage++) {
        const size_t n = !connection_has(connection, (enum connection_stage)stage) ? 0
                         : recorded && stage == STAGE_TRAFFIC                      ? recorded->n_updates
                         : recorded && stage == STAGE_EXPORTER                     ? recorded->n_exporters
                                                                                   : 1;
        if (number < n) {
            break;
        }
        number -= n;
    }
    return (struct connection_call){(enum connection_stage)stage, number};
}

struct lanekdf_bytes connection_shared_secret(const struct connection_view *view, size_t piece)
{
    const uint8_t *lens = view->connection->shared_secret_len;
    if (view->recorded) {
        const size_t len = piece == 0 ? view->recorded->shared_secret_len : 0;
        return (struct lanekdf_bytes){view->recorded_in, len};
    }
    return (struct lanekdf_bytes){view->in->shared_secret + (piece == 0 ? 0 : lens[0]), lens[piece]};
}

struct lanekdf_bytes connection_psk(const struct connection_view *view)
{
    const struct recorded_connection *recorded = view->recorded;
    return recorded ? (struct lanekdf_bytes){view->recorded_in + recorded_psk_at(recorded), recorded->psk_len}
                    : (struct lanekdf_bytes){view->in->psk, lanekdf_hash_len(view->connection->hash)};
}

bool connection_has_binder(const struct connection_view *view)
{
    return !view->recorded || view->recorded->has_binder;
}

bool connection_has_early_data(const struct connection_view *view)
{
    return view->recorded && view->recorded->has_early_data;
}

size_t connection_n_tickets(const struct connection_view *view)
{
    return view->recorded ? view->recorded->n_tickets : view->connection->n_tickets;
}

struct lanekdf_bytes connection_nonce(const struct connection_view *view, size_t i)
{
    return view->recorded ? (struct lanekdf_bytes){view->recorded_in + recorded_nonce_at(view->recorded, i),
                                view->recorded->nonce_len[i]}
                          : (struct lanekdf_bytes){view->in->nonce, NONCE_LEN};
}

uint8_t *connection_ticket_psks(const struct connection_view *view)
{
    return view->recorded ? view->recorded_out + recorded_psks_at(view->recorded) : view->out->psk[0];
}

struct connection_update connection_update_of(const struct connection_view *view, size_t i)
{
    const struct recorded_connection *recorded = view->recorded;
    const unsigned side = recorded ? recorded->updates[i].side : (unsigned)LANEKDF_CLIENT;
    const uint8_t *first =
        connection_secret(view, STAGE_APPLICATION, view->out->application_traffic_secret[side]);
    if (!recorded) {
        return (struct connection_update){1, first, view->out->next_secret, view->out->next_keys};
    }
    const size_t after = recorded->updates[i].after;
    return (struct connection_update){recorded->updates[i].n_steps,
        after > 0 ? view->recorded_out + recorded_next_secret_at(recorded, after - 1) : first,
        view->recorded_out + recorded_next_secret_at(recorded, i),
        view->recorded_out + recorded_next_keys_at(recorded, i)};
}

struct connection_exporter recorded_exporter(
    const struct recorded_connection *recorded, const uint8_t *inputs, uint8_t *outputs, size_t i)
{
    return (struct connection_exporter){recorded->exporters[i].label, recorded->exporters[i].has_context,
        {inputs + recorded_context_at(recorded, i), recorded->exporters[i].context_len},
        {outputs + recorded_exported_at(recorded, i), recorded->exporters[i].out_len}};
}

struct connection_exporter connection_exporter_of(const struct connection_view *view, size_t i)
{
    if (view->recorded) {
        return recorded_exporter(view->recorded, view->recorded_in, view->recorded_out, i);
    }
    return (struct connection_exporter){
        EXPORTER_LABEL, true, {NULL, 0}, {view->out->keying_material, view->connection->exporter_len}};
}
