/* SPDX-License-Identifier: MIT */
/* The itertools module; its types are in the other itertools_*.c, by what they do. */
#include "Python.h"

#include "ks_itertools.h"

/* What iterators over a function and an iterator begin with. */
typedef struct Pair {
    PyObject_HEAD
    PyObject *first, *second;
} Pair;

#define AS_PAIR(self) ((Pair *)(self))

PyObject *
ks_itertools_apply(PyTypeObject *type, PyTypeObject *base, const char *name, PyObject *args, PyObject *kwargs)
{
    if (!ks_itertools_no_keywords(type, base, name, kwargs)
        || !ks_args_count(name, PyTuple_GET_SIZE(args), 2, 2))
        return NULL;
    KS_OWNED PyObject *iterator = PyObject_GetIter(PyTuple_GET_ITEM(args, 1));
    if (iterator == NULL)
        return NULL;
    PyObject *self = type->tp_alloc(type, 0);
    if (self == NULL)
        return NULL;
    AS_PAIR(self)->first = Py_NewRef(PyTuple_GET_ITEM(args, 0));
    AS_PAIR(self)->second = ks_give(&iterator);
    return self;
}

PyObject *
ks_itertools_pair_reduce(PyObject *self, PyObject *unused)
{
    return Py_BuildValue("O(OO)", Py_TYPE(self), AS_PAIR(self)->first, AS_PAIR(self)->second);
}

static int
itertools_exec(PyObject *module)
{
    static PyTypeObject *const types[] = {
        &ks_accumulate_type,
        &ks_combinations_type,
        &ks_combinations_with_replacement_type,
        &ks_cycle_type,
        &ks_dropwhile_type,
        &ks_takewhile_type,
        &ks_islice_type,
        &ks_starmap_type,
        &ks_chain_type,
        &ks_compress_type,
        &ks_filterfalse_type,
        &ks_count_type,
        &ks_zip_longest_type,
        &ks_pairwise_type,
        &ks_permutations_type,
        &ks_product_type,
        &ks_repeat_type,
        &ks_groupby_type,
        &ks_grouper_type,
        &ks_tee_type,
        &ks_tee_data_type,
    };
    for (Py_ssize_t i = 0; i < KS_COUNT_OF(types); i++)
        if (PyModule_AddType(module, types[i]) < 0)
            return -1;
    return 0;
}

static PyMethodDef itertools_methods[] = {
    METHOD("tee", ks_itertools_tee, METH_FASTCALL, "($module, iterable, n=2, /)",
           "Returns a tuple of n independent iterators."),
    METHODS_END,
};

static PyModuleDef_Slot itertools_slots[] = {
    {Py_mod_exec, itertools_exec},
    {0, NULL},
};

static struct PyModuleDef itertools_module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "itertools",
    .m_doc = "Iterators made of iterators: endless ones (count, cycle, repeat), selections\n"
             "(compress, dropwhile, filterfalse, islice, takewhile), sequences of others\n"
             "(accumulate, chain, groupby, pairwise, starmap, tee, zip_longest), and\n"
             "arrangements (combinations, permutations, product).",
    .m_methods = itertools_methods,
    .m_slots = itertools_slots,
};

PyMODINIT_FUNC
PyInit_itertools(void)
{
    return PyModuleDef_Init(&itertools_module);
}
