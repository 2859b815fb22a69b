/* SPDX-License-Identifier: MIT */
/* _random: the Mersenne Twister MT19937, 53-bit floats from it.
 *
 * A generator is 624 words, renewed all at once when the last was handed out. Seeds of any size
 * are cut into 32-bit words, as the reference's init_by_array takes them. */
#include "Python.h"
#include "ks_args.h"

#include <time.h>
#include <unistd.h>

enum { WORDS = 624, AHEAD = 397 };

typedef struct RandomObject {
    PyObject_HEAD
    int at; /* the next word to hand out; WORDS: renew first */
    uint32_t word[WORDS];
} RandomObject;

typedef struct RandomState {
    PyObject *type;
} RandomState;

/* --- The generator ---------------------------------------------------------------------------------- */

KS_INLINE uint32_t
twist(uint32_t upper, uint32_t lower)
{
    uint32_t joined = (upper & 0x80000000u) | (lower & 0x7fffffffu);
    return joined >> 1 ^ (lower & 1 ? 0x9908b0dfu : 0);
}

static void
renew(RandomObject *self)
{
    uint32_t *word = self->word;
    int i;
    for (i = 0; i < WORDS - AHEAD; i++)
        word[i] = word[i + AHEAD] ^ twist(word[i], word[i + 1]);
    for (; i < WORDS - 1; i++)
        word[i] = word[i + AHEAD - WORDS] ^ twist(word[i], word[i + 1]);
    word[WORDS - 1] = word[AHEAD - 1] ^ twist(word[WORDS - 1], word[0]);
    self->at = 0;
}

static uint32_t
next_word(RandomObject *self)
{
    if (self->at >= WORDS)
        renew(self);
    uint32_t y = self->word[self->at++];
    y ^= y >> 11;
    y ^= y << 7 & 0x9d2c5680u;
    y ^= y << 15 & 0xefc60000u;
    return y ^ y >> 18;
}

static void
seed_by_word(RandomObject *self, uint32_t seed)
{
    uint32_t *word = self->word;
    word[0] = seed;
    for (uint32_t i = 1; i < WORDS; i++)
        word[i] = 1812433253u * (word[i - 1] ^ word[i - 1] >> 30) + i;
    self->at = WORDS;
}

static void
seed_by_key(RandomObject *self, const uint32_t *key, size_t count)
{
    uint32_t *word = self->word;
    size_t i = 1, j = 0;
    seed_by_word(self, 19650218u);
    for (size_t k = count > WORDS ? count : WORDS; k > 0; k--) {
        word[i] = (word[i] ^ (word[i - 1] ^ word[i - 1] >> 30) * 1664525u) + key[j] + (uint32_t)j;
        i++;
        j++;
        if (i >= WORDS) {
            word[0] = word[WORDS - 1];
            i = 1;
        }
        if (j >= count)
            j = 0;
    }
    for (size_t k = WORDS - 1; k > 0; k--) {
        word[i] = (word[i] ^ (word[i - 1] ^ word[i - 1] >> 30) * 1566083941u) - (uint32_t)i;
        i++;
        if (i >= WORDS) {
            word[0] = word[WORDS - 1];
            i = 1;
        }
    }
    word[0] = 0x80000000u;
}

/* --- Seeding ---------------------------------------------------------------------------------------------- */

/* By the system's entropy; by time and process if it has none to give. */
static void
seed_by_chance(RandomObject *self)
{
    uint32_t key[WORDS];
    if (_PyOS_URandomNonblock(key, sizeof(key)) == 0) {
        seed_by_key(self, key, WORDS);
        return;
    }
    struct timespec now, running;
    PyErr_Clear();
    clock_gettime(CLOCK_REALTIME, &now);
    clock_gettime(CLOCK_MONOTONIC, &running);
    const uint32_t mixed[] = {(uint32_t)now.tv_nsec, (uint32_t)now.tv_sec, (uint32_t)getpid(),
                              (uint32_t)running.tv_nsec, (uint32_t)running.tv_sec};
    seed_by_key(self, mixed, KS_COUNT_OF(mixed));
}

/* A non-negative int's 32-bit words, least significant first. */
static int
seed_by_int(RandomObject *self, PyObject *number)
{
    size_t bits = _PyLong_NumBits(number);
    if (bits == (size_t)-1 && PyErr_Occurred())
        return -1;
    size_t count = bits == 0 ? 1 : (bits - 1) / 32 + 1;
    uint32_t *key = PyMem_New(uint32_t, count);
    if (key == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    int status = _PyLong_AsByteArray((PyLongObject *)number, (unsigned char *)key, count * 4,
                                     PY_LITTLE_ENDIAN, 0);
    if (status == 0)
        seed_by_key(self, key, count);
    PyMem_Free(key);
    return status;
}

/* arg NULL or None: by chance; ints by their magnitude; anything else by its hash. */
static int
seed(RandomObject *self, PyObject *arg)
{
    if (arg == NULL || arg == Py_None) {
        seed_by_chance(self);
        return PyErr_Occurred() ? -1 : 0;
    }
    KS_OWNED PyObject *number = NULL;
    if (PyLong_CheckExact(arg)) {
        number = PyNumber_Absolute(arg);
    }
    else if (PyLong_Check(arg)) { /* a subclass may define __abs__ for itself */
        number = PyLong_Type.tp_as_number->nb_absolute(arg);
    }
    else {
        Py_hash_t hash = PyObject_Hash(arg);
        if (hash == -1)
            return -1;
        number = PyLong_FromSize_t((size_t)hash);
    }
    return number == NULL ? -1 : seed_by_int(self, number);
}

/* --- Methods ------------------------------------------------------------------------------------------------ */

static PyObject *
random_random(PyObject *object, PyObject *Py_UNUSED(unused))
{
    RandomObject *self = (RandomObject *)object;
    uint32_t high = next_word(self) >> 5, low = next_word(self) >> 6;
    return PyFloat_FromDouble((high * 67108864.0 + low) * (1.0 / 9007199254740992.0));
}

static PyObject *
random_seed(PyObject *object, PyObject *const *args, Py_ssize_t nargs)
{
    if (!ks_args_count("seed", nargs, 0, 1))
        return NULL;
    if (seed((RandomObject *)object, nargs ? args[0] : NULL) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *
random_getstate(PyObject *object, PyObject *Py_UNUSED(unused))
{
    RandomObject *self = (RandomObject *)object;
    PyObject *state = PyTuple_New(WORDS + 1);
    for (int i = 0; state != NULL && i <= WORDS; i++) {
        PyObject *item = i < WORDS ? PyLong_FromUnsignedLong(self->word[i])
                                   : PyLong_FromLong(self->at);
        if (item == NULL)
            Py_CLEAR(state);
        else
            PyTuple_SET_ITEM(state, i, item);
    }
    return state;
}

static PyObject *
random_setstate(PyObject *object, PyObject *state)
{
    RandomObject *self = (RandomObject *)object;
    uint32_t words[WORDS];
    if (!PyTuple_Check(state)) {
        PyErr_SetString(PyExc_TypeError, "state vector must be a tuple");
        return NULL;
    }
    if (PyTuple_GET_SIZE(state) != WORDS + 1) {
        PyErr_SetString(PyExc_ValueError, "state vector is the wrong size");
        return NULL;
    }
    for (int i = 0; i < WORDS; i++) {
        unsigned long word = PyLong_AsUnsignedLong(PyTuple_GET_ITEM(state, i));
        if (word == (unsigned long)-1 && PyErr_Occurred())
            return NULL;
        words[i] = (uint32_t)word;
    }
    long at = PyLong_AsLong(PyTuple_GET_ITEM(state, WORDS));
    if (at == -1 && PyErr_Occurred())
        return NULL;
    if (at < 0 || at > WORDS) {
        PyErr_SetString(PyExc_ValueError, "invalid state");
        return NULL;
    }
    self->at = (int)at;
    memcpy(self->word, words, sizeof(words));
    Py_RETURN_NONE;
}

static PyObject *
random_getrandbits(PyObject *object, PyObject *arg)
{
    RandomObject *self = (RandomObject *)object;
    int k;
    if (!ks_arg_int(arg, &k))
        return NULL;
    if (k < 0) {
        PyErr_SetString(PyExc_ValueError, "number of bits must be non-negative");
        return NULL;
    }
    if (k == 0)
        return PyLong_FromLong(0);
    if (k <= 32)
        return PyLong_FromUnsignedLong(next_word(self) >> (32 - k));
    size_t count = ((size_t)k - 1) / 32 + 1;
    uint32_t *words = PyMem_New(uint32_t, count);
    if (words == NULL)
        return PyErr_NoMemory();
    for (size_t i = 0; i < count; i++, k -= 32) {
        uint32_t word = next_word(self);
        if (k < 32)
            word >>= 32 - k; /* the upper bits are the better ones */
        words[PY_LITTLE_ENDIAN ? i : count - 1 - i] = word;
    }
    PyObject *number = _PyLong_FromByteArray((unsigned char *)words, count * 4, PY_LITTLE_ENDIAN,
                                             0);
    PyMem_Free(words);
    return number;
}

/* --- The type ------------------------------------------------------------------------------------------------- */

static struct PyModuleDef random_definition;

static int
random_init(PyObject *object, PyObject *args, PyObject *kwargs)
{
    /* Subclasses may take what they like: only Random itself is strict. */
    PyObject *module = PyType_GetModuleByDef(Py_TYPE(object), &random_definition);
    if (module == NULL)
        return -1;
    PyTypeObject *type = (PyTypeObject *)((RandomState *)PyModule_GetState(module))->type;
    if ((Py_IS_TYPE(object, type) || Py_TYPE(object)->tp_init == type->tp_init) &&
        !_PyArg_NoKeywords("Random", kwargs))
        return -1;
    if (PyTuple_GET_SIZE(args) > 1) {
        PyErr_SetString(PyExc_TypeError, "Random() requires 0 or 1 argument");
        return -1;
    }
    return seed((RandomObject *)object, PyTuple_GET_SIZE(args) ? PyTuple_GET_ITEM(args, 0) : NULL);
}

static PyMethodDef random_methods[] = {
    METHOD("random", random_random, METH_NOARGS, "($self, /)", "The next float in [0, 1)."),
    METHOD("seed", random_seed, METH_FASTCALL, "($self, n=None, /)",
           "Starts anew from a number, from the hash of another object, or by chance."),
    METHOD("getstate", random_getstate, METH_NOARGS, "($self, /)",
           "The generator's state, for setstate()."),
    METHOD("setstate", random_setstate, METH_O, "($self, state, /)",
           "Continues from a state that getstate() returned."),
    METHOD("getrandbits", random_getrandbits, METH_O, "($self, k, /)",
           "The next int of k random bits."),
    {NULL, NULL, 0, NULL},
};

PyDoc_STRVAR(random_doc,
"Random() -> create a random number generator with its own internal state.");

static PyType_Slot random_slots[] = {
    {Py_tp_doc, (void *)random_doc},
    {Py_tp_methods, random_methods},
    {Py_tp_new, PyType_GenericNew},
    {Py_tp_init, random_init},
    {Py_tp_free, PyObject_Free},
    {0, NULL},
};

static PyType_Spec random_spec = {
    .name = "_random.Random",
    .basicsize = sizeof(RandomObject),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .slots = random_slots,
};

/* --- Module ------------------------------------------------------------------------------------------------------ */

static int
module_exec(PyObject *module)
{
    RandomState *state = PyModule_GetState(module);
    state->type = PyType_FromModuleAndSpec(module, &random_spec, NULL);
    if (state->type == NULL)
        return -1;
    return PyModule_AddType(module, (PyTypeObject *)state->type);
}

static int
module_traverse(PyObject *module, visitproc visit, void *arg)
{
    Py_VISIT(((RandomState *)PyModule_GetState(module))->type);
    return 0;
}

static int
module_clear(PyObject *module)
{
    Py_CLEAR(((RandomState *)PyModule_GetState(module))->type);
    return 0;
}

static void
module_free(void *module)
{
    module_clear(module);
}

static PyModuleDef_Slot module_slots[] = {
    {Py_mod_exec, module_exec},
    {0, NULL},
};

static struct PyModuleDef random_definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_random",
    .m_doc = "The Mersenne Twister, a generator of pseudo-random numbers.",
    .m_size = sizeof(RandomState),
    .m_slots = module_slots,
    .m_traverse = module_traverse,
    .m_clear = module_clear,
    .m_free = module_free,
};

PyMODINIT_FUNC
PyInit__random(void)
{
    return PyModuleDef_Init(&random_definition);
}
