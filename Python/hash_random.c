/* SPDX-License-Identifier: MIT */
/* Random bytes from the system, and the hash secret made of them or of PYTHONHASHSEED. */
#include "Python.h"
#include "pycore_fileutils.h"
#include "pycore_initconfig.h"
#include "pycore_pylifecycle.h"
#include "ks_base.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/random.h>
#include <unistd.h>

#ifdef Py_DEBUG
int _Py_HashSecret_Initialized = 0;
#endif

/* Fills the buffer; -1 with errno. Interrupted calls go on, after signal handlers if `raise`. */
static int
fill_by_syscall(char *buffer, Py_ssize_t size, int blocking, int raise)
{
    while (size > 0) {
        ssize_t got = getrandom(buffer, (size_t)size, blocking ? 0 : GRND_NONBLOCK);
        if (got < 0) {
            if (errno != EINTR)
                return -1;
            if (raise && PyErr_CheckSignals() < 0)
                return -1;
            continue;
        }
        buffer += got;
        size -= got;
    }
    return 0;
}

static int
fill_by_device(char *buffer, Py_ssize_t size)
{
    int file = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return -1;
    while (size > 0) {
        ssize_t got = read(file, buffer, (size_t)size);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0) {
            close(file);
            return -1;
        }
        buffer += got;
        size -= got;
    }
    close(file);
    return 0;
}

static int
fill(void *buffer, Py_ssize_t size, int blocking, int raise)
{
    if (size < 0) {
        if (raise)
            PyErr_Format(PyExc_ValueError, "negative argument not allowed");
        return -1;
    }
    if (size == 0 || fill_by_syscall(buffer, size, blocking, raise) == 0)
        return 0;
    if (raise && PyErr_Occurred())
        return -1;
    if (fill_by_device(buffer, size) == 0)
        return 0;
    if (raise)
        PyErr_SetString(PyExc_NotImplementedError, "/dev/urandom (or equivalent) not found");
    return -1;
}

/* os.urandom(): waits until the system's generator is seeded. */
int
_PyOS_URandom(void *buffer, Py_ssize_t size)
{
    return fill(buffer, size, 1, 1);
}

/* For the random module's seed, which may be weak early at boot. */
int
_PyOS_URandomNonblock(void *buffer, Py_ssize_t size)
{
    return fill(buffer, size, 0, 1);
}

/* A linear congruential generator, its parameters a fact that other programs rely on: the same
 * PYTHONHASHSEED gives the same hashes everywhere. */
static void
secret_from_seed(uint32_t seed, unsigned char *out, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        seed = seed * 214013 + 2531011;
        out[i] = (unsigned char)(seed >> 16);
    }
}

PyStatus
_Py_HashRandomization_Init(const PyConfig *config)
{
    static int is_done;
    if (is_done)
        return _PyStatus_OK();
    is_done = 1;
#ifdef Py_DEBUG
    _Py_HashSecret_Initialized = 1;
#endif
    unsigned char *secret = _Py_HashSecret.uc;
    if (!config->use_hash_seed) {
        if (fill(secret, sizeof(_Py_HashSecret_t), 0, 0) < 0)
            return _PyStatus_ERR("failed to get random numbers to initialize Python");
    }
    else if (config->hash_seed == 0) {
        memset(secret, 0, sizeof(_Py_HashSecret_t));
    }
    else {
        secret_from_seed((uint32_t)config->hash_seed, secret, sizeof(_Py_HashSecret_t));
    }
    return _PyStatus_OK();
}

/* The random device is closed after each use: nothing stays open. */
void
_Py_HashRandomization_Fini(void)
{
}
