#include "mpi_fleet.h"

#include "command.h"
#include "memory.h"

#include <mpi.h>
#include <string.h>

/* A tally is one element, which tally_add() adds as it does for threads and for files. The ranks have one
 * program, and so one layout. */
static MPI_Datatype tally_type;
static MPI_Op tally_sum;
static struct fleet fleet;

static void add_tallies(void *from, void *to, int *n, MPI_Datatype *type)
{
    (void)type;
    for (int i = 0; i < *n; i++) {
        tally_add((struct tally *)to + i, (const struct tally *)from + i);
    }
}

static void add(struct tally *tally)
{
    MPI_Allreduce(MPI_IN_PLACE, tally, 1, tally_type, tally_sum, MPI_COMM_WORLD);
}

static double mean(double number)
{
    MPI_Allreduce(MPI_IN_PLACE, &number, 1, MPI_DOUBLE, MPI_SUM, MPI_COMM_WORLD);
    return number / fleet.n;
}

static bool agree(bool is_well)
{
    int all = is_well;
    MPI_Allreduce(MPI_IN_PLACE, &all, 1, MPI_INT, MPI_LAND, MPI_COMM_WORLD);
    return all != 0;
}

/* The threads of a rank run while its first one calls MPI, which not every MPI allows. */
static void init(int *argc, char ***argv)
{
    int provided;
    MPI_Init_thread(argc, argv, MPI_THREAD_FUNNELED, &provided);
    if (provided < MPI_THREAD_FUNNELED) {
        command_message("this MPI is for programs of one thread: MPI_THREAD_FUNNELED is needed");
        MPI_Abort(MPI_COMM_WORLD, COMMAND_ERROR);
    }
}

const struct fleet *mpi_fleet_begin(int *argc, char ***argv)
{
    int n, number;
    init(argc, argv);
    MPI_Comm_size(MPI_COMM_WORLD, &n);
    MPI_Comm_rank(MPI_COMM_WORLD, &number);
    MPI_Type_contiguous(sizeof(struct tally), MPI_BYTE, &tally_type);
    MPI_Type_commit(&tally_type);
    MPI_Op_create(add_tallies, 1, &tally_sum);
    fleet = (struct fleet){
        .n = (unsigned)n, .number = (unsigned)number, .mean = mean, .add = add, .agree = agree};
    return &fleet;
}

void mpi_fleet_end(void)
{
    MPI_Op_free(&tally_sum);
    MPI_Type_free(&tally_type);
    MPI_Finalize();
}

const char *mpi_fleet_machine(void)
{
    static char name[MPI_MAX_PROCESSOR_NAME + 1];
    int len;
    MPI_Get_processor_name(name, &len);
    return name;
}

unsigned mpi_fleet_first_other(const char *text, size_t len)
{
    unsigned long long first_len = len;
    MPI_Bcast(&first_len, 1, MPI_UNSIGNED_LONG_LONG, 0, MPI_COMM_WORLD);
    char *first = memory_take(first_len + 1);
    if (fleet.number == 0) {
        memcpy(first, text, len);
    }
    MPI_Bcast(first, (int)first_len, MPI_CHAR, 0, MPI_COMM_WORLD);
    unsigned other = len == first_len && memcmp(text, first, len) == 0 ? fleet.n : fleet.number;
    memory_give_back(first);
    MPI_Allreduce(MPI_IN_PLACE, &other, 1, MPI_UNSIGNED, MPI_MIN, MPI_COMM_WORLD);
    return other;
}

int mpi_fleet_status(int status)
{
    MPI_Bcast(&status, 1, MPI_INT, 0, MPI_COMM_WORLD);
    return status;
}

/* The count of a message is an int. */
enum { MAX_PIECE = 1 << 30 };

static int piece_of(size_t len)
{
    return len < MAX_PIECE ? (int)len : MAX_PIECE;
}

void mpi_fleet_send(const char *text, size_t len)
{
    const unsigned long long whole = len;
    MPI_Send(&whole, 1, MPI_UNSIGNED_LONG_LONG, 0, 0, MPI_COMM_WORLD);
    for (size_t at = 0; at < len; at += MAX_PIECE) {
        MPI_Send(text + at, piece_of(len - at), MPI_CHAR, 0, 0, MPI_COMM_WORLD);
    }
}

char *mpi_fleet_receive(unsigned rank, size_t padding, size_t *len)
{
    unsigned long long whole;
    MPI_Recv(&whole, 1, MPI_UNSIGNED_LONG_LONG, (int)rank, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    char *text = memory_take((size_t)whole + padding);
    for (size_t at = 0; at < whole; at += MAX_PIECE) {
        MPI_Recv(text + at, piece_of((size_t)whole - at), MPI_CHAR, (int)rank, 0, MPI_COMM_WORLD,
            MPI_STATUS_IGNORE);
    }
    *len = (size_t)whole;
    return text;
}
