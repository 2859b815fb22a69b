/* SPDX-License-Identifier: MIT */
/* Code objects: construction, attributes, comparison.
 *
 * The struct is the ABI's (cpython/code.h); the instructions follow it in the same block and are
 * rewritten by the specialising interpreter, so everything that shows or compares code goes
 * through the base forms of instructions. All fields are immutable after construction except the
 * caches (_co_code, _co_linearray), co_warmup, co_extra and the instruction words. */
#include "Python.h"
#include "pycore_code.h"
#include "pycore_hashtable.h"
#include "pycore_interp.h"
#include "pycore_opcode.h"
#include "pycore_pystate.h"
#include "structmember.h"

#include "ks_args.h"
#include "ks_base.h"
#include "ks_code.h"

/* ---- interning: equal names become one object, so that lookups compare pointers ---- */

static int
is_identifier_like(PyObject *text)
{
    if (!PyUnicode_IS_ASCII(text))
        return 0;
    const unsigned char *s = PyUnicode_1BYTE_DATA(text);
    for (Py_ssize_t i = 0, n = PyUnicode_GET_LENGTH(text); i < n; i++) {
        if (!Py_ISALNUM(s[i]) && s[i] != '_')
            return 0;
    }
    return 1;
}

static int
intern_names(PyObject *names)
{
    for (Py_ssize_t i = 0, n = PyTuple_GET_SIZE(names); i < n; i++) {
        if (!PyUnicode_CheckExact(PyTuple_GET_ITEM(names, i))) {
            PyErr_SetString(PyExc_SystemError, "non-string found in code slot");
            return -1;
        }
        PyUnicode_InternInPlace(&((PyTupleObject *)names)->ob_item[i]);
    }
    return 0;
}

/* A walk over a code object's constants. A malformed .pyc can make tuples that share their items
 * a million times over, or that hold themselves: what more than one reference is held to is
 * entered once. */
typedef struct {
    _Py_hashtable_t *shared; /* containers seen that others refer to as well; NULL before the first */
    int depth;
    int changed; /* whether an item was replaced by another object */
} ConstantWalk;

/* Strings that lie deeper than this stay as they are. */
#define MAX_INTERN_DEPTH 200

/* 1 if the container is to be entered, 0 if not, -1 with an exception. */
static int
walk_may_enter(ConstantWalk *walk, PyObject *container)
{
    if (walk->depth >= MAX_INTERN_DEPTH)
        return 0;
    if (Py_REFCNT(container) == 1)
        return 1;
    if (walk->shared == NULL)
        walk->shared = _Py_hashtable_new(_Py_hashtable_hash_ptr, _Py_hashtable_compare_direct);
    else if (_Py_hashtable_get(walk->shared, container) != NULL)
        return 0;
    if (walk->shared == NULL || _Py_hashtable_set(walk->shared, container, container) < 0) {
        PyErr_NoMemory();
        return -1;
    }
    return 1;
}

static int intern_items(ConstantWalk *walk, PyObject *tuple);

/* A frozenset's strings are interned by building it anew; *slot is replaced if any changed. */
static int
intern_frozenset(ConstantWalk *walk, PyObject **slot)
{
    int outer = walk->changed;
    KS_OWNED PyObject *items = PySequence_Tuple(*slot);
    walk->changed = 0;
    if (items == NULL || intern_items(walk, items) < 0)
        return -1;
    if (!walk->changed) {
        walk->changed = outer;
        return 0;
    }
    PyObject *fresh = PyFrozenSet_New(items);
    if (fresh == NULL)
        return -1;
    Py_SETREF(*slot, fresh);
    return 0;
}

static int
intern_container(ConstantWalk *walk, PyObject **slot)
{
    int enter = walk_may_enter(walk, *slot);
    if (enter <= 0)
        return enter;
    walk->depth++;
    int status = PyTuple_CheckExact(*slot) ? intern_items(walk, *slot) : intern_frozenset(walk, slot);
    walk->depth--;
    return status;
}

static int
intern_items(ConstantWalk *walk, PyObject *tuple)
{
    for (Py_ssize_t i = PyTuple_GET_SIZE(tuple); --i >= 0;) {
        PyObject **slot = &((PyTupleObject *)tuple)->ob_item[i], *value = *slot;
        if (PyUnicode_CheckExact(value)) {
            if (PyUnicode_CHECK_INTERNED(value))
                continue;
            if (PyUnicode_READY(value) < 0)
                return -1;
            if (is_identifier_like(value)) {
                PyUnicode_InternInPlace(slot);
                walk->changed |= *slot != value;
            }
        }
        else if (PyTuple_CheckExact(value) || PyFrozenSet_CheckExact(value)) {
            if (intern_container(walk, slot) < 0)
                return -1;
        }
    }
    return 0;
}

static int
intern_constants(PyObject *tuple)
{
    ConstantWalk walk = {NULL, 0, 0};
    int status = intern_items(&walk, tuple);
    if (walk.shared != NULL)
        _Py_hashtable_destroy(walk.shared);
    return status;
}

/* ---- construction ---- */

int
_PyCode_Validate(struct _PyCodeConstructor *con)
{
    if (con->argcount < con->posonlyargcount || con->posonlyargcount < 0 || con->kwonlyargcount < 0
        || con->stacksize < 0 || con->flags < 0 || con->code == NULL || !PyBytes_Check(con->code)
        || con->consts == NULL || !PyTuple_Check(con->consts) || con->names == NULL
        || !PyTuple_Check(con->names) || con->localsplusnames == NULL
        || !PyTuple_Check(con->localsplusnames) || con->localspluskinds == NULL
        || !PyBytes_Check(con->localspluskinds)
        || PyTuple_GET_SIZE(con->localsplusnames) != PyBytes_GET_SIZE(con->localspluskinds)
        || con->name == NULL || !PyUnicode_Check(con->name) || con->qualname == NULL
        || !PyUnicode_Check(con->qualname) || con->filename == NULL
        || !PyUnicode_Check(con->filename) || con->linetable == NULL
        || !PyBytes_Check(con->linetable) || con->exceptiontable == NULL
        || !PyBytes_Check(con->exceptiontable)) {
        PyErr_BadInternalCall();
        return -1;
    }
    if (PyBytes_GET_SIZE(con->code) % sizeof(_Py_CODEUNIT) != 0) {
        PyErr_SetString(PyExc_ValueError, "code: co_code is malformed");
        return -1;
    }
    const unsigned char *kinds = (unsigned char *)PyBytes_AS_STRING(con->localspluskinds);
    Py_ssize_t nlocals = 0;
    for (Py_ssize_t i = 0, n = PyBytes_GET_SIZE(con->localspluskinds); i < n; i++)
        nlocals += (kinds[i] & CO_FAST_LOCAL) != 0;
    Py_ssize_t arguments = (Py_ssize_t)con->argcount + con->kwonlyargcount
                           + ((con->flags & CO_VARARGS) != 0) + ((con->flags & CO_VARKEYWORDS) != 0);
    if (arguments > nlocals) {
        PyErr_SetString(PyExc_ValueError, "code: co_varnames is too small");
        return -1;
    }
    return 0;
}

static void
code_count_variables(PyCodeObject *co)
{
    const unsigned char *kinds = (unsigned char *)PyBytes_AS_STRING(co->co_localspluskinds);
    co->co_nlocalsplus = (int)PyTuple_GET_SIZE(co->co_localsplusnames);
    co->co_nlocals = co->co_nplaincellvars = co->co_ncellvars = co->co_nfreevars = 0;
    for (int i = 0; i < co->co_nlocalsplus; i++) {
        int local = (kinds[i] & CO_FAST_LOCAL) != 0, cell = (kinds[i] & CO_FAST_CELL) != 0;
        co->co_nlocals += local;
        co->co_ncellvars += cell;
        co->co_nplaincellvars += cell && !local;
        co->co_nfreevars += (kinds[i] & CO_FAST_FREE) != 0;
    }
}

PyCodeObject *
_PyCode_New(struct _PyCodeConstructor *con)
{
    if (_PyCode_Validate(con) < 0 || intern_names(con->names) < 0
        || intern_constants(con->consts) < 0 || intern_names(con->localsplusnames) < 0)
        return NULL;

    Py_ssize_t units = PyBytes_GET_SIZE(con->code) / (Py_ssize_t)sizeof(_Py_CODEUNIT);
    int keeps_columns = _PyInterpreterState_GetConfig(_PyInterpreterState_GET())->code_debug_ranges;
    KS_OWNED PyObject *linetable =
        keeps_columns ? Py_NewRef(con->linetable) : ks_location_drop_columns(con->linetable);
    PyCodeObject *co =
        linetable == NULL ? NULL : PyObject_NewVar(PyCodeObject, &PyCode_Type, units);
    if (co == NULL)
        return NULL;
    co->co_filename = Py_NewRef(con->filename);
    co->co_name = Py_NewRef(con->name);
    co->co_qualname = Py_NewRef(con->qualname);
    co->co_flags = con->flags;
    co->co_firstlineno = con->firstlineno;
    co->co_linetable = ks_give(&linetable);
    co->co_consts = Py_NewRef(con->consts);
    co->co_names = Py_NewRef(con->names);
    co->co_localsplusnames = Py_NewRef(con->localsplusnames);
    co->co_localspluskinds = Py_NewRef(con->localspluskinds);
    co->co_argcount = con->argcount;
    co->co_posonlyargcount = con->posonlyargcount;
    co->co_kwonlyargcount = con->kwonlyargcount;
    co->co_stacksize = con->stacksize;
    co->co_exceptiontable = Py_NewRef(con->exceptiontable);
    code_count_variables(co);
    co->co_weakreflist = NULL;
    co->co_extra = NULL;
    co->_co_code = NULL;
    co->_co_linearray = NULL;
    co->_co_linearray_entry_size = 0;
    co->co_warmup = QUICKENING_INITIAL_WARMUP_VALUE;
    memcpy(_PyCode_CODE(co), PyBytes_AS_STRING(con->code), (size_t)PyBytes_GET_SIZE(con->code));
    int first = 0;
    while (first < units && _Py_OPCODE(_PyCode_CODE(co)[first]) != RESUME)
        first++;
    co->_co_firsttraceable = first;
    return co;
}

static int
require(const char *what, int ok)
{
    (void)what;
    if (!ok)
        PyErr_BadInternalCall();
    return ok;
}

PyCodeObject *
PyCode_NewWithPosOnlyArgs(int argcount, int posonlyargcount, int kwonlyargcount, int nlocals,
                          int stacksize, int flags, PyObject *code, PyObject *consts,
                          PyObject *names, PyObject *varnames, PyObject *freevars,
                          PyObject *cellvars, PyObject *filename, PyObject *name,
                          PyObject *qualname, int firstlineno, PyObject *linetable,
                          PyObject *exceptiontable)
{
    if (!require("varnames", varnames != NULL && PyTuple_Check(varnames))
        || !require("cellvars", cellvars != NULL && PyTuple_Check(cellvars))
        || !require("freevars", freevars != NULL && PyTuple_Check(freevars)))
        return NULL;
    Py_ssize_t locals = PyTuple_GET_SIZE(varnames), cells = PyTuple_GET_SIZE(cellvars);
    Py_ssize_t frees = PyTuple_GET_SIZE(freevars), used = 0;
    KS_OWNED PyObject *all = PyList_New(0);
    KS_OWNED PyObject *kinds = PyBytes_FromStringAndSize(NULL, locals + cells + frees);
    if (all == NULL || kinds == NULL)
        return NULL;
    char *kind = PyBytes_AS_STRING(kinds);
    for (; used < locals; used++) {
        if (PyList_Append(all, PyTuple_GET_ITEM(varnames, used)) < 0)
            return NULL;
        kind[used] = CO_FAST_LOCAL;
    }
    /* A cell that is an argument too shares the argument's slot. */
    for (Py_ssize_t i = 0; i < cells; i++) {
        PyObject *cell = PyTuple_GET_ITEM(cellvars, i);
        Py_ssize_t shared = -1;
        for (Py_ssize_t j = 0; j < locals && shared < 0; j++) {
            int same = PyObject_RichCompareBool(cell, PyTuple_GET_ITEM(varnames, j), Py_EQ);
            if (same < 0)
                return NULL;
            if (same)
                shared = j;
        }
        if (shared >= 0) {
            kind[shared] |= CO_FAST_CELL;
            continue;
        }
        if (PyList_Append(all, cell) < 0)
            return NULL;
        kind[used++] = CO_FAST_CELL;
    }
    for (Py_ssize_t i = 0; i < frees; i++) {
        if (PyList_Append(all, PyTuple_GET_ITEM(freevars, i)) < 0)
            return NULL;
        kind[used++] = (char)CO_FAST_FREE;
    }
    KS_OWNED PyObject *all_names = PyList_AsTuple(all);
    KS_OWNED PyObject *all_kinds = PyBytes_FromStringAndSize(kind, used);
    if (all_names == NULL || all_kinds == NULL)
        return NULL;
    struct _PyCodeConstructor con = {
        .filename = filename, .name = name, .qualname = qualname, .flags = flags,
        .code = code, .firstlineno = firstlineno, .linetable = linetable,
        .consts = consts, .names = names,
        .localsplusnames = all_names, .localspluskinds = all_kinds,
        .argcount = argcount, .posonlyargcount = posonlyargcount, .kwonlyargcount = kwonlyargcount,
        .stacksize = stacksize, .exceptiontable = exceptiontable,
    };
    if (_PyCode_Validate(&con) < 0)
        return NULL;
    if (nlocals != locals) {
        PyErr_SetString(PyExc_ValueError, "code: co_nlocals != len(co_varnames)");
        return NULL;
    }
    return _PyCode_New(&con);
}

PyCodeObject *
PyCode_New(int argcount, int kwonlyargcount, int nlocals, int stacksize, int flags, PyObject *code,
           PyObject *consts, PyObject *names, PyObject *varnames, PyObject *freevars,
           PyObject *cellvars, PyObject *filename, PyObject *name, PyObject *qualname,
           int firstlineno, PyObject *linetable, PyObject *exceptiontable)
{
    return PyCode_NewWithPosOnlyArgs(argcount, 0, kwonlyargcount, nlocals, stacksize, flags, code,
                                     consts, names, varnames, freevars, cellvars, filename, name,
                                     qualname, firstlineno, linetable, exceptiontable);
}

/* What the code of PyCode_NewEmpty does when it is run after all: raise AssertionError. */
static const unsigned char empty_code[6] = {RESUME, 0, LOAD_ASSERTION_ERROR, 0, RAISE_VARARGS, 1};

PyCodeObject *
PyCode_NewEmpty(const char *filename, const char *funcname, int firstlineno)
{
    KS_OWNED PyObject *none = PyTuple_New(0);
    KS_OWNED PyObject *file = PyUnicode_DecodeFSDefault(filename);
    KS_OWNED PyObject *name = file == NULL ? NULL : PyUnicode_FromString(funcname);
    KS_OWNED PyObject *code = PyBytes_FromStringAndSize((const char *)empty_code, sizeof(empty_code));
    /* One entry for three instructions on the first line, without columns. */
    const char table[2] = {(char)(128 | (PY_CODE_LOCATION_INFO_NO_COLUMNS << 3) | 2), 0};
    KS_OWNED PyObject *linetable = PyBytes_FromStringAndSize(table, 2);
    KS_OWNED PyObject *nothing = PyBytes_FromStringAndSize(NULL, 0);
    if (none == NULL || file == NULL || name == NULL || code == NULL || linetable == NULL
        || nothing == NULL)
        return NULL;
    struct _PyCodeConstructor con = {
        .filename = file, .name = name, .qualname = name, .code = code,
        .firstlineno = firstlineno, .linetable = linetable, .consts = none, .names = none,
        .localsplusnames = none, .localspluskinds = nothing, .exceptiontable = nothing,
        .stacksize = 1,
    };
    return _PyCode_New(&con);
}

PyObject *
PyCode_Optimize(PyObject *code, PyObject *consts, PyObject *names, PyObject *lnotab)
{
    return Py_NewRef(code);
}

static PyObject *
code_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    int argcount, posonlyargcount, kwonlyargcount, nlocals, stacksize, flags, firstlineno;
    PyObject *code, *consts, *names, *varnames, *filename, *name, *qualname, *linetable, *table;
    PyObject *freevars = NULL, *cellvars = NULL;
    if (kwargs != NULL && PyDict_GET_SIZE(kwargs) > 0) {
        PyErr_SetString(PyExc_TypeError, "code() takes no keyword arguments");
        return NULL;
    }
    Py_ssize_t count = PyTuple_GET_SIZE(args);
    if (!ks_args_count("code", count, 16, 18)
        || !PyArg_ParseTuple(args, "iiiiiiSO!O!O!UUUiSS|O!O!:code", &argcount, &posonlyargcount,
                             &kwonlyargcount, &nlocals, &stacksize, &flags, &code, &PyTuple_Type,
                             &consts, &PyTuple_Type, &names, &PyTuple_Type, &varnames, &filename,
                             &name, &qualname, &firstlineno, &linetable, &table, &PyTuple_Type,
                             &freevars, &PyTuple_Type, &cellvars))
        return NULL;
    if (PySys_Audit("code.__new__", "OOOiiiiii", code, filename, name, argcount, posonlyargcount,
                    kwonlyargcount, nlocals, stacksize, flags) < 0)
        return NULL;
    const struct {
        int value;
        const char *name;
    } counts[] = {{argcount, "argcount"}, {posonlyargcount, "posonlyargcount"},
                  {kwonlyargcount, "kwonlyargcount"}, {nlocals, "nlocals"}};
    for (int i = 0; i < 4; i++) {
        if (counts[i].value < 0) {
            PyErr_Format(PyExc_ValueError, "code: %s must not be negative", counts[i].name);
            return NULL;
        }
    }
    PyObject *given[4] = {names, varnames, freevars, cellvars}, *plain[4] = {NULL};
    PyObject *result = NULL;
    /* Subclasses of str are turned into str; what is no str is refused. */
    for (int i = 0; i < 4; i++) {
        Py_ssize_t length = given[i] == NULL ? 0 : PyTuple_GET_SIZE(given[i]);
        if ((plain[i] = PyTuple_New(length)) == NULL)
            goto done;
        for (Py_ssize_t j = 0; j < length; j++) {
            PyObject *item = PyTuple_GET_ITEM(given[i], j);
            if (!PyUnicode_Check(item)) {
                PyErr_Format(PyExc_TypeError,
                             "name tuples must contain only strings, not '%.500s'",
                             Py_TYPE(item)->tp_name);
                goto done;
            }
            item = PyUnicode_CheckExact(item) ? Py_NewRef(item) : PyUnicode_FromObject(item);
            if (item == NULL)
                goto done;
            PyTuple_SET_ITEM(plain[i], j, item);
        }
    }
    result = (PyObject *)PyCode_NewWithPosOnlyArgs(
        argcount, posonlyargcount, kwonlyargcount, nlocals, stacksize, flags, code, consts,
        plain[0], plain[1], plain[2], plain[3], filename, name, qualname, firstlineno, linetable,
        table);
done:
    for (int i = 0; i < 4; i++)
        Py_XDECREF(plain[i]);
    return result;
}

/* ---- extra data for tools ---- */

typedef struct CodeExtra {
    Py_ssize_t count;
    void *slots[];
} CodeExtra;

static void
code_free_extra(PyCodeObject *co)
{
    CodeExtra *extra = co->co_extra;
    if (extra == NULL)
        return;
    PyInterpreterState *interp = _PyInterpreterState_GET();
    for (Py_ssize_t i = 0; i < extra->count; i++) {
        freefunc release = interp->co_extra_freefuncs[i];
        if (release != NULL)
            release(extra->slots[i]);
    }
    co->co_extra = NULL;
    PyMem_Free(extra);
}

int
_PyCode_GetExtra(PyObject *code, Py_ssize_t index, void **extra)
{
    if (!PyCode_Check(code)) {
        PyErr_BadInternalCall();
        return -1;
    }
    CodeExtra *held = ((PyCodeObject *)code)->co_extra;
    *extra = held == NULL || index < 0 || index >= held->count ? NULL : held->slots[index];
    return 0;
}

int
_PyCode_SetExtra(PyObject *code, Py_ssize_t index, void *extra)
{
    PyInterpreterState *interp = _PyInterpreterState_GET();
    if (!PyCode_Check(code) || index < 0 || index >= interp->co_extra_user_count) {
        PyErr_BadInternalCall();
        return -1;
    }
    PyCodeObject *co = (PyCodeObject *)code;
    CodeExtra *held = co->co_extra;
    Py_ssize_t count = held == NULL ? 0 : held->count, wanted = interp->co_extra_user_count;
    if (index >= count) {
        held = PyMem_Realloc(held, sizeof(CodeExtra) + (size_t)wanted * sizeof(void *));
        if (held == NULL) {
            PyErr_NoMemory();
            return -1;
        }
        memset(held->slots + count, 0, (size_t)(wanted - count) * sizeof(void *));
        held->count = wanted;
        co->co_extra = held;
    }
    void *old = held->slots[index];
    held->slots[index] = extra;
    if (old != NULL && interp->co_extra_freefuncs[index] != NULL)
        interp->co_extra_freefuncs[index](old);
    return 0;
}

static void
code_dealloc(PyObject *self)
{
    PyCodeObject *co = (PyCodeObject *)self;
    code_free_extra(co);
    if (co->co_weakreflist != NULL)
        PyObject_ClearWeakRefs(self);
    Py_XDECREF(co->co_consts);
    Py_XDECREF(co->co_names);
    Py_XDECREF(co->co_localsplusnames);
    Py_XDECREF(co->co_localspluskinds);
    Py_XDECREF(co->co_filename);
    Py_XDECREF(co->co_name);
    Py_XDECREF(co->co_qualname);
    Py_XDECREF(co->co_linetable);
    Py_XDECREF(co->co_exceptiontable);
    Py_XDECREF(co->_co_code);
    PyMem_Free(co->_co_linearray);
    if (co->co_warmup == 0)
        _Py_QuickenedCount--;
    PyObject_Free(co);
}

/* ---- comparison ---- */

/* Equality of constants: of one type, down to the sign of zeros and the items of tuples. */
static int
constants_equal(PyObject *a, PyObject *b)
{
    if (a == b)
        return 1;
    KS_OWNED PyObject *left = _PyCode_ConstantKey(a);
    KS_OWNED PyObject *right = left == NULL ? NULL : _PyCode_ConstantKey(b);
    return right == NULL ? -1 : PyObject_RichCompareBool(left, right, Py_EQ);
}

/* The base form of the instruction at *index; cache words behind it are skipped. */
static _Py_CODEUNIT
base_instruction(PyCodeObject *co, Py_ssize_t *index)
{
    _Py_CODEUNIT word = _PyCode_CODE(co)[*index];
    int opcode = _PyOpcode_Deopt[_Py_OPCODE(word)];
    *index += 1 + _PyOpcode_Caches[opcode];
    return (_Py_CODEUNIT)_Py_MAKECODEUNIT(opcode, _Py_OPARG(word));
}

static int
instructions_equal(PyCodeObject *a, PyCodeObject *b)
{
    if (Py_SIZE(a) != Py_SIZE(b))
        return 0;
    for (Py_ssize_t i = 0, j = 0, n = Py_SIZE(a); i < n && j < n;) {
        if (base_instruction(a, &i) != base_instruction(b, &j))
            return 0;
    }
    return 1;
}

static PyObject *
code_richcompare(PyObject *self, PyObject *other, int op)
{
    if ((op != Py_EQ && op != Py_NE) || !PyCode_Check(self) || !PyCode_Check(other))
        Py_RETURN_NOTIMPLEMENTED;
    PyCodeObject *a = (PyCodeObject *)self, *b = (PyCodeObject *)other;
    int equal = a->co_argcount == b->co_argcount && a->co_posonlyargcount == b->co_posonlyargcount
                && a->co_kwonlyargcount == b->co_kwonlyargcount && a->co_flags == b->co_flags
                && a->co_firstlineno == b->co_firstlineno && instructions_equal(a, b);
    PyObject *pairs[][2] = {
        {a->co_name, b->co_name},
        {a->co_names, b->co_names},
        {a->co_localsplusnames, b->co_localsplusnames},
        {a->co_linetable, b->co_linetable},
        {a->co_exceptiontable, b->co_exceptiontable},
    };
    for (int i = 0; equal > 0 && i < (int)KS_COUNT_OF(pairs); i++)
        equal = PyObject_RichCompareBool(pairs[i][0], pairs[i][1], Py_EQ);
    if (equal > 0)
        equal = constants_equal(a->co_consts, b->co_consts);
    if (equal < 0)
        return NULL;
    return PyBool_FromLong(op == Py_EQ ? equal : !equal);
}

static Py_hash_t
code_hash(PyObject *self)
{
    PyCodeObject *co = (PyCodeObject *)self;
    PyObject *parts[] = {co->co_name,  co->co_consts,    co->co_names, co->co_localsplusnames,
                         co->co_linetable, co->co_exceptiontable};
    Py_uhash_t hash = 20221212;
    for (int i = 0; i < (int)KS_COUNT_OF(parts); i++) {
        Py_hash_t part = PyObject_Hash(parts[i]);
        if (part == -1)
            return -1;
        hash = (hash ^ (Py_uhash_t)part) * 1000003u;
    }
    const int numbers[] = {co->co_argcount, co->co_posonlyargcount, co->co_kwonlyargcount,
                           co->co_flags};
    for (int i = 0; i < (int)KS_COUNT_OF(numbers); i++)
        hash = (hash ^ (Py_uhash_t)numbers[i]) * 1000003u;
    for (Py_ssize_t i = 0; i < Py_SIZE(co);)
        hash = (hash ^ base_instruction(co, &i)) * 1000003u;
    return hash == (Py_uhash_t)-1 ? -2 : (Py_hash_t)hash;
}

/* ---- attributes ---- */

PyObject *
_PyCode_GetCode(PyCodeObject *co)
{
    if (co->_co_code != NULL)
        return Py_NewRef(co->_co_code);
    PyObject *bytes = PyBytes_FromStringAndSize(NULL, _PyCode_NBYTES(co));
    if (bytes == NULL)
        return NULL;
    _Py_CODEUNIT *words = (_Py_CODEUNIT *)PyBytes_AS_STRING(bytes);
    memset(words, 0, (size_t)_PyCode_NBYTES(co));
    for (Py_ssize_t i = 0; i < Py_SIZE(co);) {
        Py_ssize_t here = i;
        words[here] = base_instruction(co, &i);
    }
    co->_co_code = Py_NewRef(bytes);
    return bytes;
}

PyObject *
PyCode_GetCode(PyCodeObject *co)
{
    return _PyCode_GetCode(co);
}

/* The names whose kind has the bit, in slot order. */
static PyObject *
code_select_names(PyCodeObject *co, int kind, int count)
{
    PyObject *names = PyTuple_New(count);
    if (names == NULL)
        return NULL;
    for (int i = 0, used = 0; i < co->co_nlocalsplus && used < count; i++) {
        if (_PyLocals_GetKind(co->co_localspluskinds, i) & kind)
            PyTuple_SET_ITEM(names, used++, Py_NewRef(PyTuple_GET_ITEM(co->co_localsplusnames, i)));
    }
    return names;
}

PyObject *
_PyCode_GetVarnames(PyCodeObject *co)
{
    return code_select_names(co, CO_FAST_LOCAL, co->co_nlocals);
}

PyObject *
PyCode_GetVarnames(PyCodeObject *co)
{
    return _PyCode_GetVarnames(co);
}

PyObject *
_PyCode_GetCellvars(PyCodeObject *co)
{
    return code_select_names(co, CO_FAST_CELL, co->co_ncellvars);
}

PyObject *
PyCode_GetCellvars(PyCodeObject *co)
{
    return _PyCode_GetCellvars(co);
}

PyObject *
_PyCode_GetFreevars(PyCodeObject *co)
{
    return code_select_names(co, CO_FAST_FREE, co->co_nfreevars);
}

PyObject *
PyCode_GetFreevars(PyCodeObject *co)
{
    return _PyCode_GetFreevars(co);
}

static PyObject *
code_get_varnames(PyObject *self, void *unused)
{
    return _PyCode_GetVarnames((PyCodeObject *)self);
}

static PyObject *
code_get_cellvars(PyObject *self, void *unused)
{
    return _PyCode_GetCellvars((PyCodeObject *)self);
}

static PyObject *
code_get_freevars(PyObject *self, void *unused)
{
    return _PyCode_GetFreevars((PyCodeObject *)self);
}

static PyObject *
code_get_code(PyObject *self, void *unused)
{
    return _PyCode_GetCode((PyCodeObject *)self);
}

static PyObject *
code_get_adaptive(PyObject *self, void *unused)
{
    PyCodeObject *co = (PyCodeObject *)self;
    return PyBytes_FromStringAndSize(co->co_code_adaptive, _PyCode_NBYTES(co));
}

static PyObject *
code_repr(PyObject *self)
{
    PyCodeObject *co = (PyCodeObject *)self;
    int line = co->co_firstlineno != 0 ? co->co_firstlineno : -1;
    if (co->co_filename != NULL && PyUnicode_Check(co->co_filename))
        return PyUnicode_FromFormat("<code object %U at %p, file \"%U\", line %d>", co->co_name, co,
                                    co->co_filename, line);
    return PyUnicode_FromFormat("<code object %U at %p, file ???, line %d>", co->co_name, co, line);
}

/* ---- methods ---- */

static PyObject *
code_sizeof(PyObject *self, PyObject *unused)
{
    PyCodeObject *co = (PyCodeObject *)self;
    size_t size = _PyObject_VAR_SIZE(Py_TYPE(co), Py_SIZE(co));
    CodeExtra *extra = co->co_extra;
    if (extra != NULL)
        size += sizeof(CodeExtra) + (size_t)extra->count * sizeof(void *);
    if (co->_co_linearray != NULL)
        size += (size_t)co->_co_linearray_entry_size * (size_t)Py_SIZE(co);
    return PyLong_FromSize_t(size);
}

static PyObject *
code_varname_from_oparg(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    struct { int oparg; } in = {0};
    static const KsParam params[] = {
        {"oparg", 0, ARG_INT, 1, 0},
        PARAM_END,
    };
    if (!ks_args_parse("_varname_from_oparg", params, args, nargs, kwnames, &in))
        return NULL;
    PyObject *name = PyTuple_GetItem(((PyCodeObject *)self)->co_localsplusnames, in.oparg);
    return Py_XNewRef(name);
}

typedef struct ReplaceArgs {
    int counts[7];
    PyObject *objects[11];
} ReplaceArgs;

static const char *const replace_counts[7] = {
    "co_argcount", "co_posonlyargcount", "co_kwonlyargcount", "co_nlocals",
    "co_stacksize", "co_flags", "co_firstlineno",
};
enum { R_CODE, R_CONSTS, R_NAMES, R_VARNAMES, R_FREEVARS, R_CELLVARS, R_FILENAME, R_NAME, R_QUALNAME,
       R_LINETABLE, R_EXCEPTIONTABLE };
static const struct {
    const char *name, *type;
    PyTypeObject *exact;
} replace_objects[11] = {
    {"co_code", "bytes", &PyBytes_Type},         {"co_consts", "tuple", &PyTuple_Type},
    {"co_names", "tuple", &PyTuple_Type},        {"co_varnames", "tuple", &PyTuple_Type},
    {"co_freevars", "tuple", &PyTuple_Type},     {"co_cellvars", "tuple", &PyTuple_Type},
    {"co_filename", "str", &PyUnicode_Type},     {"co_name", "str", &PyUnicode_Type},
    {"co_qualname", "str", &PyUnicode_Type},     {"co_linetable", "bytes", &PyBytes_Type},
    {"co_exceptiontable", "bytes", &PyBytes_Type},
};

/* Stores one keyword argument of replace(); 0 with an exception. */
static int
replace_take(ReplaceArgs *in, PyObject *key, PyObject *value)
{
    for (int i = 0; i < 7; i++) {
        if (PyUnicode_CompareWithASCIIString(key, replace_counts[i]) == 0)
            return ks_arg_int(value, &in->counts[i]);
    }
    for (int i = 0; i < 11; i++) {
        if (PyUnicode_CompareWithASCIIString(key, replace_objects[i].name) != 0)
            continue;
        if (!PyObject_TypeCheck(value, replace_objects[i].exact)) {
            PyErr_Format(PyExc_TypeError, "replace() argument '%s' must be %s, not %.50s",
                         replace_objects[i].name, replace_objects[i].type,
                         value == Py_None ? "None" : Py_TYPE(value)->tp_name);
            return 0;
        }
        in->objects[i] = value;
        return 1;
    }
    PyErr_Format(PyExc_TypeError, "'%S' is an invalid keyword argument for replace()", key);
    return 0;
}

static PyObject *
code_replace(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    PyCodeObject *co = (PyCodeObject *)self;
    ReplaceArgs in = {
        .counts = {co->co_argcount, co->co_posonlyargcount, co->co_kwonlyargcount, co->co_nlocals,
                   co->co_stacksize, co->co_flags, co->co_firstlineno},
        .objects = {[R_CONSTS] = co->co_consts, [R_NAMES] = co->co_names,
                    [R_FILENAME] = co->co_filename, [R_NAME] = co->co_name,
                    [R_QUALNAME] = co->co_qualname, [R_LINETABLE] = co->co_linetable,
                    [R_EXCEPTIONTABLE] = co->co_exceptiontable},
    };
    if (nargs != 0) {
        PyErr_SetString(PyExc_TypeError, "replace() takes no positional arguments");
        return NULL;
    }
    for (Py_ssize_t i = 0, n = kwnames == NULL ? 0 : PyTuple_GET_SIZE(kwnames); i < n; i++) {
        if (!replace_take(&in, PyTuple_GET_ITEM(kwnames, i), args[i]))
            return NULL;
    }
    for (int i = 0; i < 7; i++) {
        if (in.counts[i] < 0) {
            PyErr_Format(PyExc_ValueError, "%s must be a positive integer", replace_counts[i]);
            return NULL;
        }
    }
    KS_OWNED PyObject *code = NULL;
    KS_OWNED PyObject *varnames = NULL;
    KS_OWNED PyObject *freevars = NULL;
    KS_OWNED PyObject *cellvars = NULL;
    if ((in.objects[R_CODE] == NULL && (in.objects[R_CODE] = code = _PyCode_GetCode(co)) == NULL)
        || (in.objects[R_VARNAMES] == NULL
            && (in.objects[R_VARNAMES] = varnames = _PyCode_GetVarnames(co)) == NULL)
        || (in.objects[R_FREEVARS] == NULL
            && (in.objects[R_FREEVARS] = freevars = _PyCode_GetFreevars(co)) == NULL)
        || (in.objects[R_CELLVARS] == NULL
            && (in.objects[R_CELLVARS] = cellvars = _PyCode_GetCellvars(co)) == NULL))
        return NULL;
    int *n = in.counts;
    PyObject **o = in.objects;
    if (PySys_Audit("code.__new__", "OOOiiiiii", o[R_CODE], o[R_FILENAME], o[R_NAME], n[0], n[1],
                    n[2], n[3], n[4], n[5]) < 0)
        return NULL;
    return (PyObject *)PyCode_NewWithPosOnlyArgs(
        n[0], n[1], n[2], n[3], n[4], n[5], o[R_CODE], o[R_CONSTS], o[R_NAMES], o[R_VARNAMES],
        o[R_FREEVARS], o[R_CELLVARS], o[R_FILENAME], o[R_NAME], o[R_QUALNAME], n[6],
        o[R_LINETABLE], o[R_EXCEPTIONTABLE]);
}

/* ---- constant keys ---- */

static KS_NEW PyObject *
sequence_keys(PyObject *tuple)
{
    KS_OWNED PyObject *keys = PyTuple_New(PyTuple_GET_SIZE(tuple));
    if (keys == NULL)
        return NULL;
    for (Py_ssize_t i = 0, n = PyTuple_GET_SIZE(tuple); i < n; i++) {
        PyObject *key = _PyCode_ConstantKey(PyTuple_GET_ITEM(tuple, i));
        if (key == NULL)
            return NULL;
        PyTuple_SET_ITEM(keys, i, key);
    }
    return ks_give(&keys);
}

static KS_NEW PyObject *
frozenset_keys(PyObject *set)
{
    KS_OWNED PyObject *items = PySequence_Tuple(set);
    KS_OWNED PyObject *keys = items == NULL ? NULL : sequence_keys(items);
    return keys == NULL ? NULL : PyFrozenSet_New(keys);
}

/* Zeros with different signs are equal and must stay apart: the key gets a further item. */
static KS_NEW PyObject *
complex_key(PyObject *value)
{
    Py_complex z = ((PyComplexObject *)value)->cval;
    int real = z.real == 0.0 && copysign(1.0, z.real) < 0;
    int imag = z.imag == 0.0 && copysign(1.0, z.imag) < 0;
    if (real && imag)
        return PyTuple_Pack(3, Py_TYPE(value), value, Py_True);
    if (imag)
        return PyTuple_Pack(3, Py_TYPE(value), value, Py_False);
    if (real)
        return PyTuple_Pack(3, Py_TYPE(value), value, Py_None);
    return PyTuple_Pack(2, Py_TYPE(value), value);
}

PyObject *
_PyCode_ConstantKey(PyObject *value)
{
    PyTypeObject *type = Py_TYPE(value);
    if (value == Py_None || value == Py_Ellipsis || type == &PyLong_Type
        || type == &PyUnicode_Type || PyCode_Check(value))
        return Py_NewRef(value);
    if (type == &PyBool_Type || type == &PyBytes_Type)
        return PyTuple_Pack(2, type, value);
    if (type == &PyFloat_Type) {
        double number = PyFloat_AS_DOUBLE(value);
        if (number == 0.0 && copysign(1.0, number) < 0)
            return PyTuple_Pack(3, type, value, Py_None);
        return PyTuple_Pack(2, type, value);
    }
    if (type == &PyComplex_Type)
        return complex_key(value);
    KS_OWNED PyObject *inner = NULL;
    if (type == &PyTuple_Type)
        inner = sequence_keys(value);
    else if (type == &PyFrozenSet_Type)
        inner = frozenset_keys(value);
    else /* Any other object is equal to itself alone. */
        inner = PyLong_FromVoidPtr(value);
    return inner == NULL ? NULL : PyTuple_Pack(2, inner, value);
}

/* ---- the type ---- */

static PyMethodDef code_methods[] = {
    METHOD_PLAIN("__sizeof__", code_sizeof, METH_NOARGS, NULL),
    METHOD_PLAIN("co_lines", ks_code_lines, METH_NOARGS, NULL),
    METHOD_PLAIN("co_positions", ks_code_positions, METH_NOARGS, NULL),
    METHOD("replace", code_replace, METH_FASTCALL | METH_KEYWORDS,
           "($self, /, *, co_argcount=-1, co_posonlyargcount=-1,\n"
           "        co_kwonlyargcount=-1, co_nlocals=-1, co_stacksize=-1,\n"
           "        co_flags=-1, co_firstlineno=-1, co_code=None, co_consts=None,\n"
           "        co_names=None, co_varnames=None, co_freevars=None,\n"
           "        co_cellvars=None, co_filename=None, co_name=None,\n"
           "        co_qualname=None, co_linetable=None, co_exceptiontable=None)",
           "A copy of the code object with the given fields changed."),
    METHOD("_varname_from_oparg", code_varname_from_oparg, METH_FASTCALL | METH_KEYWORDS,
           "($self, /, oparg)", "The name of the variable an instruction's operand stands for."),
    {NULL, NULL, 0, NULL},
};

#define CODE_MEMBER(name, kind) {#name, kind, offsetof(PyCodeObject, name), READONLY, NULL}
static PyMemberDef code_members[] = {
    CODE_MEMBER(co_argcount, T_INT),       CODE_MEMBER(co_posonlyargcount, T_INT),
    CODE_MEMBER(co_kwonlyargcount, T_INT), CODE_MEMBER(co_stacksize, T_INT),
    CODE_MEMBER(co_flags, T_INT),          CODE_MEMBER(co_nlocals, T_INT),
    CODE_MEMBER(co_consts, T_OBJECT),      CODE_MEMBER(co_names, T_OBJECT),
    CODE_MEMBER(co_filename, T_OBJECT),    CODE_MEMBER(co_name, T_OBJECT),
    CODE_MEMBER(co_qualname, T_OBJECT),    CODE_MEMBER(co_firstlineno, T_INT),
    CODE_MEMBER(co_linetable, T_OBJECT),   CODE_MEMBER(co_exceptiontable, T_OBJECT),
    {NULL, 0, 0, 0, NULL},
};

static PyGetSetDef code_getset[] = {
    {"co_lnotab", ks_code_lnotab, NULL, NULL, NULL},
    {"_co_code_adaptive", code_get_adaptive, NULL, NULL, NULL},
    {"co_varnames", code_get_varnames, NULL, NULL, NULL},
    {"co_cellvars", code_get_cellvars, NULL, NULL, NULL},
    {"co_freevars", code_get_freevars, NULL, NULL, NULL},
    {"co_code", code_get_code, NULL, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

PyDoc_STRVAR(code_doc,
"code(argcount, posonlyargcount, kwonlyargcount, nlocals, stacksize,\n\
      flags, codestring, constants, names, varnames, filename, name,\n\
      qualname, firstlineno, linetable, exceptiontable, freevars=(), cellvars=(), /)\n\
--\n\
\n\
Build a code object from its parts; code.replace() is the safer way.");

PyTypeObject PyCode_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "code",
    .tp_basicsize = offsetof(PyCodeObject, co_code_adaptive),
    .tp_itemsize = sizeof(_Py_CODEUNIT),
    .tp_dealloc = code_dealloc,
    .tp_repr = code_repr,
    .tp_hash = code_hash,
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_doc = code_doc,
    .tp_richcompare = code_richcompare,
    .tp_weaklistoffset = offsetof(PyCodeObject, co_weakreflist),
    .tp_methods = code_methods,
    .tp_members = code_members,
    .tp_getset = code_getset,
    .tp_new = code_new,
};
