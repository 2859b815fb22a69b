/* SPDX-License-Identifier: MIT */
/* The structures in sys: flags, version_info, hash_info, implementation, asyncgen_hooks.
 *
 * Their types are static, made once by the main interpreter; programs cannot make instances. */
#include "Python.h"
#include "pycore_initconfig.h"
#include "pycore_interp.h"
#include "pycore_namespace.h"
#include "pycore_pylifecycle.h"
#include "pycore_pystate.h"
#include "pycore_structseq.h"
#include "ks_base.h"
#include "ks_lifecycle.h"
#include "ks_sys.h"

static int
dict_give(PyObject *dict, const char *name, KS_STEALS PyObject *value)
{
    int result = value == NULL ? -1 : PyDict_SetItemString(dict, name, value);
    Py_XDECREF(value);
    return result;
}

/* A structure from count values, which are taken over. */
static PyObject *
struct_make(PyTypeObject *type, PyObject **values, Py_ssize_t count)
{
    PyObject *result = PyStructSequence_New(type);
    int complete = result != NULL;
    for (Py_ssize_t i = 0; i < count; i++) {
        complete = complete && values[i] != NULL;
        if (result != NULL)
            PyStructSequence_SET_ITEM(result, i, values[i]);
        else
            Py_XDECREF(values[i]);
    }
    if (!complete)
        Py_CLEAR(result);
    return result;
}

static int
type_ready(PyTypeObject *type, PyStructSequence_Desc *desc)
{
    if (type->tp_name != NULL)
        return 0;
    return _PyStructSequence_InitType(type, desc, Py_TPFLAGS_DISALLOW_INSTANTIATION);
}

/* ---- flags ---- */

static PyTypeObject Flags_Type;

static PyStructSequence_Field flags_fields[] = {
    {"debug", "-d"},
    {"inspect", "-i"},
    {"interactive", "-i"},
    {"optimize", "-O or -OO"},
    {"dont_write_bytecode", "-B"},
    {"no_user_site", "-s"},
    {"no_site", "-S"},
    {"ignore_environment", "-E"},
    {"verbose", "-v"},
    {"bytes_warning", "-b"},
    {"quiet", "-q"},
    {"hash_randomization", "-R"},
    {"isolated", "-I"},
    {"dev_mode", "-X dev"},
    {"utf8_mode", "-X utf8"},
    {"warn_default_encoding", "-X warn_default_encoding"},
    {"safe_path", "-P"},
    {"int_max_str_digits", "-X int_max_str_digits"},
    {NULL, NULL},
};

static PyStructSequence_Desc flags_desc = {
    .name = "sys.flags",
    .doc = "sys.flags\n\nThe options that the interpreter was started with.",
    .fields = flags_fields,
    .n_in_sequence = 18,
};

int
ks_sys_set_flags(PyInterpreterState *interp, PyObject *sysdict)
{
    if (type_ready(&Flags_Type, &flags_desc) < 0)
        return -1;
    const PyConfig *config = &interp->config;
    const PyPreConfig *preconfig = &interp->runtime->preconfig;
    PyObject *values[] = {
        PyLong_FromLong(config->parser_debug),
        PyLong_FromLong(config->inspect),
        PyLong_FromLong(config->interactive),
        PyLong_FromLong(config->optimization_level),
        PyLong_FromLong(!config->write_bytecode),
        PyLong_FromLong(!config->user_site_directory),
        PyLong_FromLong(!config->site_import),
        PyLong_FromLong(!config->use_environment),
        PyLong_FromLong(config->verbose),
        PyLong_FromLong(config->bytes_warning),
        PyLong_FromLong(config->quiet),
        PyLong_FromLong(config->use_hash_seed == 0 || config->hash_seed != 0),
        PyLong_FromLong(config->isolated),
        PyBool_FromLong(config->dev_mode),
        PyLong_FromLong(preconfig->utf8_mode),
        PyLong_FromLong(config->warn_default_encoding),
        PyBool_FromLong(config->safe_path),
        PyLong_FromLong(_Py_global_config_int_max_str_digits),
    };
    return dict_give(sysdict, "flags", struct_make(&Flags_Type, values, KS_COUNT_OF(values)));
}

/* ---- version_info ---- */

static PyTypeObject VersionInfo_Type;

static PyStructSequence_Field version_fields[] = {
    {"major", "first number"},  {"minor", "second number"}, {"micro", "third number"},
    {"releaselevel", "'alpha', 'beta', 'candidate' or 'final'"},
    {"serial", "number within the release level"}, {NULL, NULL},
};

static PyStructSequence_Desc version_desc = {
    .name = "sys.version_info",
    .doc = "sys.version_info\n\nThe version as numbers, and names for them.",
    .fields = version_fields,
    .n_in_sequence = 5,
};

static PyObject *
version_make(void)
{
    if (type_ready(&VersionInfo_Type, &version_desc) < 0)
        return NULL;
    const char *level = PY_RELEASE_LEVEL == PY_RELEASE_LEVEL_ALPHA  ? "alpha"
                        : PY_RELEASE_LEVEL == PY_RELEASE_LEVEL_BETA ? "beta"
                        : PY_RELEASE_LEVEL == PY_RELEASE_LEVEL_GAMMA ? "candidate"
                                                                     : "final";
    PyObject *values[] = {
        PyLong_FromLong(PY_MAJOR_VERSION), PyLong_FromLong(PY_MINOR_VERSION),
        PyLong_FromLong(PY_MICRO_VERSION), PyUnicode_FromString(level),
        PyLong_FromLong(PY_RELEASE_SERIAL),
    };
    return struct_make(&VersionInfo_Type, values, KS_COUNT_OF(values));
}

/* ---- hash_info ---- */

static PyTypeObject HashInfo_Type;

static PyStructSequence_Field hash_fields[] = {
    {"width", "bits in a hash value"},
    {"modulus", "prime that numbers are reduced by"},
    {"inf", "hash of a positive infinity"},
    {"nan", "hash of a nan"},
    {"imag", "factor of the imaginary part"},
    {"algorithm", "how text and bytes are hashed"},
    {"hash_bits", "bits of that algorithm's result"},
    {"seed_bits", "bits of its key"},
    {"cutoff", "longest text that is hashed the short way"},
    {NULL, NULL},
};

static PyStructSequence_Desc hash_desc = {
    .name = "sys.hash_info",
    .doc = "sys.hash_info\n\nThe constants of hashing.",
    .fields = hash_fields,
    .n_in_sequence = 9,
};

static PyObject *
hash_make(void)
{
    if (type_ready(&HashInfo_Type, &hash_desc) < 0)
        return NULL;
    const PyHash_FuncDef *function = PyHash_GetFuncDef();
    PyObject *values[] = {
        PyLong_FromLong(8 * (int)sizeof(Py_hash_t)),
        PyLong_FromSsize_t(_PyHASH_MODULUS),
        PyLong_FromLong(_PyHASH_INF),
        PyLong_FromLong(0),
        PyLong_FromLong(_PyHASH_IMAG),
        PyUnicode_FromString(function->name),
        PyLong_FromLong(function->hash_bits),
        PyLong_FromLong(function->seed_bits),
        PyLong_FromLong(Py_HASH_CUTOFF),
    };
    return struct_make(&HashInfo_Type, values, KS_COUNT_OF(values));
}

/* ---- asyncgen_hooks ---- */

static PyTypeObject AsyncGenHooks_Type;

static PyStructSequence_Field hooks_fields[] = {
    {"firstiter", "called when an asynchronous generator is iterated for the first time"},
    {"finalizer", "called when an asynchronous generator is about to go away"},
    {NULL, NULL},
};

static PyStructSequence_Desc hooks_desc = {
    .name = "asyncgen_hooks",
    .doc = "asyncgen_hooks\n\nThis thread's hooks for asynchronous generators.",
    .fields = hooks_fields,
    .n_in_sequence = 2,
};

PyObject *
ks_sys_asyncgen_hooks(PyThreadState *tstate)
{
    PyObject *first = tstate->async_gen_firstiter, *last = tstate->async_gen_finalizer;
    PyObject *values[] = {Py_NewRef(first ? first : Py_None), Py_NewRef(last ? last : Py_None)};
    return struct_make(&AsyncGenHooks_Type, values, 2);
}

/* ---- implementation ---- */

static PyObject *
implementation_make(PyObject *version)
{
    KS_OWNED PyObject *fields = PyDict_New();
    if (fields == NULL || dict_give(fields, "name", PyUnicode_FromString("cpython")) < 0
        || dict_give(fields, "cache_tag", PyUnicode_FromString(PyImport_GetMagicTag())) < 0
        || PyDict_SetItemString(fields, "version", version) < 0
        || dict_give(fields, "hexversion", PyLong_FromLong(PY_VERSION_HEX)) < 0
        || dict_give(fields, "_multiarch", PyUnicode_FromString("x86_64-linux-gnu")) < 0
        || dict_give(fields, "_kingsnake", PyUnicode_FromString("0.1")) < 0)
        return NULL;
    return _PyNamespace_New(fields);
}

/* ---- all ---- */

static PyObject *
stdlib_names(void)
{
    static const char *const names[] = {
#define NAME(text) text,
#include "sys_stdlib_names.def"
#undef NAME
    };
    KS_OWNED PyObject *list = PyTuple_New(KS_COUNT_OF(names));
    for (Py_ssize_t i = 0; list != NULL && i < KS_COUNT_OF(names); i++) {
        PyObject *name = PyUnicode_InternFromString(names[i]);
        if (name == NULL)
            return NULL;
        PyTuple_SET_ITEM(list, i, name);
    }
    return list == NULL ? NULL : PyFrozenSet_New(list);
}

static PyObject *
builtin_names(void)
{
    KS_OWNED PyObject *list = PyList_New(0);
    for (const struct _inittab *row = PyImport_Inittab; list != NULL && row->name != NULL; row++) {
        KS_OWNED PyObject *name = PyUnicode_FromString(row->name);
        if (name == NULL || PyList_Append(list, name) < 0)
            return NULL;
    }
    if (list == NULL || PyList_Sort(list) < 0)
        return NULL;
    return PyList_AsTuple(list);
}

int
ks_sys_add_facts(PyThreadState *tstate, PyObject *sysdict)
{
    if (type_ready(&AsyncGenHooks_Type, &hooks_desc) < 0)
        return -1;
    KS_OWNED PyObject *version = version_make();
    if (version == NULL || PyDict_SetItemString(sysdict, "version_info", version) < 0)
        return -1;
    struct {
        const char *name;
        PyObject *value;
    } rows[] = {
        {"version", PyUnicode_FromString(Py_GetVersion())},
        {"hexversion", PyLong_FromLong(PY_VERSION_HEX)},
        {"_git", Py_BuildValue("(szz)", "CPython", _Py_gitidentifier(), _Py_gitversion())},
        {"_framework", PyUnicode_FromString("")},
        {"api_version", PyLong_FromLong(PYTHON_API_VERSION)},
        {"copyright", PyUnicode_FromString(Py_GetCopyright())},
        {"platform", PyUnicode_FromString(Py_GetPlatform())},
        {"maxsize", PyLong_FromSsize_t(PY_SSIZE_T_MAX)},
        {"float_info", PyFloat_GetInfo()},
        {"int_info", PyLong_GetInfo()},
        {"hash_info", hash_make()},
        {"maxunicode", PyLong_FromLong(0x10FFFF)},
        {"builtin_module_names", builtin_names()},
        {"stdlib_module_names", stdlib_names()},
        {"byteorder", PyUnicode_FromString("little")},
        {"abiflags", PyUnicode_FromString("")},
        {"implementation", implementation_make(version)},
        {"float_repr_style", PyUnicode_FromString("short")},
        {"thread_info", PyThread_GetInfo()},
    };
    int result = 0;
    for (Py_ssize_t i = 0; i < KS_COUNT_OF(rows); i++) {
        if (dict_give(sysdict, rows[i].name, rows[i].value) < 0)
            result = -1;
    }
    return result < 0 ? -1 : ks_sys_set_flags(tstate->interp, sysdict);
}

void
_PySys_Fini(PyInterpreterState *interp)
{
    if (!_Py_IsMainInterpreter(interp))
        return;
    PyTypeObject *const types[] = {&VersionInfo_Type, &Flags_Type, &HashInfo_Type, &AsyncGenHooks_Type};
    for (Py_ssize_t i = 0; i < KS_COUNT_OF(types); i++) {
        if (types[i]->tp_name != NULL)
            _PyStructSequence_FiniType(types[i]);
    }
}
