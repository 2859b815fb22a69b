/* SPDX-License-Identifier: MIT */
/* Saving what is found by name: classes, functions, singletons. The name must lead back to the very
 * object. Protocols before 3 use the names of Python 2 when fix_imports says so. */
#include "pickle_output.h"
#include "pycore_runtime.h" /* the dot between names */

/* ---- the module of an object ---- */

static int
is_main(PyObject *name)
{
    return PyUnicode_Check(name) &&
           (PyUnicode_CompareWithASCIIString(name, "__main__") == 0 ||
            PyUnicode_CompareWithASCIIString(name, "__mp_main__") == 0);
}

/* Whether the module, whatever it is, has the object under that name; -1 with an exception other
 * than that it has no such attribute. */
static int
module_has(PyObject *module, PyObject *name, PyObject *object)
{
    KS_OWNED PyObject *found = ks_pickle_attribute(module, name, NULL);
    if (found == NULL) {
        if (!PyErr_ExceptionMatches(PyExc_AttributeError))
            return -1;
        PyErr_Clear();
    }
    return found == object;
}

/* Searches all modules for an object that does not say where it is from. Attributes of modules may
 * run code that imports: the search goes over a copy. */
static KS_NEW PyObject *
module_search(PyObject *object, PyObject *name)
{
    PyObject *modules = PyImport_GetModuleDict();
    KS_OWNED PyObject *items = modules == NULL ? NULL : PyMapping_Items(modules);
    if (items == NULL)
        return NULL;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(items); i++) {
        PyObject *pair = PyList_GET_ITEM(items, i);
        if (!PyTuple_Check(pair) || PyTuple_GET_SIZE(pair) != 2)
            continue;
        PyObject *key = PyTuple_GET_ITEM(pair, 0), *module = PyTuple_GET_ITEM(pair, 1);
        if (module == Py_None || is_main(key))
            continue;
        int has = module_has(module, name, object);
        if (has != 0)
            return has < 0 ? NULL : Py_NewRef(key);
    }
    return Py_NewRef(KS_INTERN("__main__"));
}

static KS_NEW PyObject *
module_name_of(PyObject *object, PyObject *name)
{
    PyObject *module;
    if (_PyObject_LookupAttr(object, KS_INTERN("__module__"), &module) < 0)
        return NULL;
    if (module != NULL && module != Py_None)
        return module;
    Py_XDECREF(module);
    return module_search(object, name);
}

/* ---- finding it again ---- */

static KS_NEW PyObject *
qualified_name(PyObject *object)
{
    PyObject *name;
    if (_PyObject_LookupAttr(object, KS_INTERN("__qualname__"), &name) < 0)
        return NULL;
    return name != NULL ? name : PyObject_GetAttr(object, KS_INTERN("__name__"));
}

/* AttributeError for an object of a function's scope: no import leads there. */
static int
name_is_reachable(PyObject *name)
{
    if (!PyUnicode_Check(name)) {
        PyErr_Format(PyExc_TypeError, "must be str, not %.200s", Py_TYPE(name)->tp_name);
        return 0;
    }
    KS_OWNED PyObject *parts = PyUnicode_Split(name, &_Py_STR(dot), -1);
    int local = parts == NULL ? -1 : PySequence_Contains(parts, KS_INTERN("<locals>"));
    if (local > 0)
        PyErr_Format(PyExc_AttributeError, "Can't pickle local object %R", name);
    return local == 0;
}

static KS_NEW PyObject *
module_import(PyObject *name)
{
    KS_OWNED PyObject *top = PyImport_ImportModuleLevelObject(name, NULL, NULL, NULL, 0);
    return top == NULL ? NULL : PyImport_GetModule(name);
}

/* The object's home: *module, and *parent within it. Checks that the name leads to the object. */
static int
find_home(Pickler *self, PyObject *object, PyObject *module_name, PyObject *name,
          PyObject **module, PyObject **parent)
{
    PyObject *error = self->state->pickling_error;
    *module = module_import(module_name);
    if (*module == NULL) {
        PyErr_Format(error, "Can't pickle %R: import of module %R failed", object, module_name);
        return -1;
    }
    KS_OWNED PyObject *found = ks_pickle_attribute(*module, name, parent);
    if (found == NULL) {
        PyErr_Clear();
        PyErr_Format(error, "Can't pickle %R: attribute lookup %S on %S failed", object, name,
                     module_name);
        return -1;
    }
    if (found != object) {
        PyErr_Format(error, "Can't pickle %R: it's not the same object as %S.%S", object,
                     module_name, name);
        return -1;
    }
    return 0;
}

/* ---- writing it ---- */

/* 1 when copyreg knows an extension code, which was written; 0 when not; -1 with an exception. */
static int
put_extension(Pickler *self, PyObject *object, PyObject *module_name, PyObject *name)
{
    PyObject *registry = self->state->extension_registry, *error = self->state->pickling_error;
    if (PyDict_GET_SIZE(registry) == 0)
        return 0;
    KS_OWNED PyObject *key = PyTuple_Pack(2, module_name, name);
    PyObject *found = key == NULL ? NULL : PyDict_GetItemWithError(registry, key);
    if (found == NULL)
        return PyErr_Occurred() ? -1 : 0;
    if (!PyLong_Check(found)) {
        PyErr_Format(error, "Can't pickle %R: extension code %R isn't an integer", object, found);
        return -1;
    }
    int overflow;
    long code = PyLong_AsLongAndOverflow(found, &overflow);
    if (overflow || code <= 0 || code > 0x7fffffff) {
        if (!PyErr_Occurred())
            PyErr_Format(error, "Can't pickle %R: extension code %R is out of range", object,
                         found);
        return -1;
    }
    int status = code <= 0xff     ? ks_pickle_put_number(self, OP_EXT1, (size_t)code, 1)
                 : code <= 0xffff ? ks_pickle_put_number(self, OP_EXT2, (size_t)code, 2)
                                  : ks_pickle_put_number(self, OP_EXT4, (size_t)code, 4);
    return status < 0 ? -1 : 1;
}

/* A name on a line of its own: ASCII, from protocol 3 on UTF-8. */
static int
put_name(Pickler *self, PyObject *text, const char *what)
{
    KS_OWNED PyObject *bytes =
        self->protocol >= 3 ? PyUnicode_AsUTF8String(text) : PyUnicode_AsASCIIString(text);
    if (bytes == NULL) {
        if (PyErr_ExceptionMatches(PyExc_UnicodeEncodeError))
            PyErr_Format(self->state->pickling_error,
                         "can't pickle %s identifier '%S' using pickle protocol %i", what, text,
                         self->protocol);
        return -1;
    }
    if (ks_pickle_put(self, PyBytes_AS_STRING(bytes), PyBytes_GET_SIZE(bytes)) < 0)
        return -1;
    return ks_pickle_put(self, "\n", 1);
}

static int
put_lines(Pickler *self, PyObject *given_module_name, PyObject *given_name)
{
    KS_OWNED PyObject *module_name = Py_NewRef(given_module_name);
    KS_OWNED PyObject *name = Py_NewRef(given_name);
    if (self->fix_imports &&
        ks_pickle_rename(self->state->name_mapping_3to2, self->state->import_mapping_3to2,
                         "REVERSE_", &module_name, &name) < 0)
        return -1;
    if (ks_pickle_put_op(self, OP_GLOBAL) < 0 || put_name(self, module_name, "module") < 0)
        return -1;
    return put_name(self, name, "global");
}

/* What follows the last dot. */
static KS_NEW PyObject *
last_name(PyObject *name)
{
    Py_ssize_t length = PyUnicode_GET_LENGTH(name);
    Py_ssize_t dot = PyUnicode_FindChar(name, '.', 0, length, -1);
    return dot < 0 ? Py_NewRef(name) : PyUnicode_Substring(name, dot + 1, length);
}

/* Before protocol 4, an attribute of a class is what getattr(class, name) gives. */
static int
save_attribute(Pickler *self, PyObject *parent, PyObject *name)
{
    KS_OWNED PyObject *last = last_name(name);
    if (last == NULL)
        return -1;
    PyObject *reduced = Py_BuildValue("(O(OO))", self->state->getattr, parent, last);
    return ks_pickle_save_made(self, reduced, NULL);
}

int
ks_pickle_save_global(Pickler *self, PyObject *object, PyObject *given)
{
    KS_OWNED PyObject *name = given != NULL ? Py_NewRef(given) : qualified_name(object);
    if (name == NULL || !name_is_reachable(name))
        return -1;
    KS_OWNED PyObject *module_name = module_name_of(object, name);
    KS_OWNED PyObject *module = NULL;
    KS_OWNED PyObject *parent = NULL;
    if (module_name == NULL ||
        find_home(self, object, module_name, name, &module, &parent) < 0)
        return -1;
    if (self->protocol >= 2) {
        int written = put_extension(self, object, module_name, name);
        if (written != 0)
            return written < 0 ? -1 : 0;
    }
    /* A dotted name may come back to the module itself: mod.Class.mod.Class. */
    if (parent == module)
        Py_SETREF(name, last_name(name));
    int status;
    if (name == NULL)
        return -1;
    if (self->protocol >= 4)
        status = ks_pickle_save(self, module_name, 0) < 0 || ks_pickle_save(self, name, 0) < 0
                     ? -1
                     : ks_pickle_put_op(self, OP_STACK_GLOBAL);
    else if (parent != module)
        status = save_attribute(self, parent, name);
    else
        status = put_lines(self, module_name, name);
    return status < 0 ? -1 : ks_pickle_memoize(self, object);
}

int
ks_pickle_save_type(Pickler *self, PyObject *object)
{
    PyObject *single = object == (PyObject *)Py_TYPE(Py_None)             ? Py_None
                       : object == (PyObject *)Py_TYPE(Py_Ellipsis)       ? Py_Ellipsis
                       : object == (PyObject *)Py_TYPE(Py_NotImplemented) ? Py_NotImplemented
                                                                          : NULL;
    if (single == NULL)
        return ks_pickle_save_global(self, object, NULL);
    return ks_pickle_save_made(self, Py_BuildValue("(O(O))", &PyType_Type, single), object);
}
