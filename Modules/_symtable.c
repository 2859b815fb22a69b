/* SPDX-License-Identifier: MIT */
/* The _symtable module: the compiler's symbol tables, for Lib/symtable.py. Uses internal headers
 * because it shows what the compiler works with. */
#include "Python.h"
#include "pycore_pylifecycle.h"

#include "ks_args.h"
#include "ks_compile.h"
#include "ks_parser.h"

static PyObject *
build_table(const char *source, PyObject *filename, int start, PyCompilerFlags *flags)
{
    KsArena *arena = ks_arena_new();
    if (arena == NULL)
        return NULL;
    PyObject *result = NULL;
    KsMod *mod = ks_parse_string(source, filename, start, flags, arena);
    KsSymtable *table = mod == NULL ? NULL : ks_compile_symtable(mod, filename, flags, arena);
    if (table != NULL)
        result = ks_scope_to_object(table->top);
    ks_arena_free(arena);
    return result;
}

static int
start_symbol(PyObject *mode, int *start)
{
    static const struct {
        const char *name;
        int start;
    } modes[] = {
        {"exec", Py_file_input}, {"eval", Py_eval_input}, {"single", Py_single_input},
    };
    for (int i = 0; i < 3; i++) {
        if (PyUnicode_CompareWithASCIIString(mode, modes[i].name) == 0) {
            *start = modes[i].start;
            return 1;
        }
    }
    PyErr_SetString(PyExc_ValueError, "symtable() arg 3 must be 'exec' or 'eval' or 'single'");
    return 0;
}

static PyObject *
symtable_symtable(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    PyObject *mode, *copy = NULL, *filename = NULL, *result = NULL;
    PyCompilerFlags flags = _PyCompilerFlags_INIT;
    int start;
    if (!ks_args_count("symtable", nargs, 3, 3) || !PyUnicode_FSDecoder(args[1], &filename))
        return NULL;
    flags.cf_flags = PyCF_SOURCE_IS_UTF8;
    if (!PyUnicode_Check(args[2]))
        PyErr_Format(PyExc_TypeError, "symtable() argument 3 must be str, not %.50s",
                     args[2] == Py_None ? "None" : Py_TYPE(args[2])->tp_name);
    else {
        mode = args[2];
        const char *source =
            _Py_SourceAsString(args[0], "symtable", "string or bytes", &flags, &copy);
        if (source != NULL && start_symbol(mode, &start))
            result = build_table(source, filename, start, &flags);
    }
    Py_XDECREF(copy);
    Py_DECREF(filename);
    return result;
}

static PyMethodDef symtable_methods[] = {
    METHOD("symtable", symtable_symtable, METH_FASTCALL, "($module, source, filename, startstr, /)",
           "The symbol table of a source text, as the entry of its outermost block."),
    {NULL, NULL, 0, NULL},
};

static int
symtable_exec(PyObject *module)
{
    static const struct {
        const char *name;
        long value;
    } constants[] = {
        {"USE", USE}, {"DEF_GLOBAL", DEF_GLOBAL}, {"DEF_NONLOCAL", DEF_NONLOCAL},
        {"DEF_LOCAL", DEF_LOCAL}, {"DEF_PARAM", DEF_PARAM}, {"DEF_FREE", DEF_FREE},
        {"DEF_FREE_CLASS", DEF_FREE_CLASS}, {"DEF_IMPORT", DEF_IMPORT}, {"DEF_BOUND", DEF_BOUND},
        {"DEF_ANNOT", DEF_ANNOT}, {"TYPE_FUNCTION", FunctionBlock}, {"TYPE_CLASS", ClassBlock},
        {"TYPE_MODULE", ModuleBlock}, {"LOCAL", LOCAL}, {"GLOBAL_EXPLICIT", GLOBAL_EXPLICIT},
        {"GLOBAL_IMPLICIT", GLOBAL_IMPLICIT}, {"FREE", FREE}, {"CELL", CELL},
        {"SCOPE_OFF", SCOPE_OFFSET}, {"SCOPE_MASK", SCOPE_MASK},
    };
    for (Py_ssize_t i = 0; i < KS_COUNT_OF(constants); i++) {
        if (PyModule_AddIntConstant(module, constants[i].name, constants[i].value) < 0)
            return -1;
    }
    return 0;
}

static PyModuleDef_Slot symtable_slots[] = {
    {Py_mod_exec, symtable_exec},
    {0, NULL},
};

static struct PyModuleDef symtable_module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_symtable",
    .m_methods = symtable_methods,
    .m_slots = symtable_slots,
};

PyMODINIT_FUNC
PyInit__symtable(void)
{
    return PyModuleDef_Init(&symtable_module);
}
