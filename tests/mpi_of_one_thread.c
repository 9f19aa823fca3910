/*
 * An MPI that takes programs of one thread alone, to be loaded before the one that there is.
 * tests/load_mpi.py runs lanekdf-load-mpi with it. It does without mpi.h, whose MPI_THREAD_SINGLE is 0 in
 * every MPI that has an ABI (MPICH, Open MPI).
 */
int PMPI_Init_thread(int *argc, char ***argv, int required, int *provided);
__attribute__((visibility("default"))) int MPI_Init_thread(
    int *argc, char ***argv, int required, int *provided);

int MPI_Init_thread(int *argc, char ***argv, int required, int *provided)
{
    const int status = PMPI_Init_thread(argc, argv, required, provided);
    *provided = 0;
    return status;
}
