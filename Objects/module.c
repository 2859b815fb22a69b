/* SPDX-License-Identifier: MIT */
/* Module objects: a dict with attribute access, and the state of an extension module.
 *
 * md_dict lives as long as the module, except between tp_clear and the end. The state is allocated
 * when the definition asks for a size and executes, and freed with the module. */
#include "Python.h"

#include "pycore_interp.h"
#include "pycore_moduleobject.h"
#include "pycore_object.h"
#include "pycore_pyerrors.h"
#include "pycore_pystate.h"
#include "structmember.h"

#include "ks_args.h"
#include "ks_module.h"

/* --- creation --- */

/* Fills in the attributes every module has. */
static int
module_set_attributes(PyModuleObject *self, PyObject *name, PyObject *doc)
{
    PyObject *dict = self->md_dict;
    if (PyDict_SetItem(dict, &_Py_ID(__name__), name) < 0 ||
        PyDict_SetItem(dict, &_Py_ID(__doc__), doc) < 0 ||
        PyDict_SetItem(dict, &_Py_ID(__package__), Py_None) < 0 ||
        PyDict_SetItem(dict, &_Py_ID(__loader__), Py_None) < 0 ||
        PyDict_SetItem(dict, &_Py_ID(__spec__), Py_None) < 0)
        return -1;
    if (PyUnicode_CheckExact(name))
        Py_XSETREF(self->md_name, Py_NewRef(name));
    return 0;
}

static PyObject *
module_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    PyModuleObject *self = (PyModuleObject *)type->tp_alloc(type, 0);
    if (self == NULL)
        return NULL;
    self->md_def = NULL;
    self->md_state = NULL;
    self->md_weaklist = NULL;
    self->md_name = NULL;
    self->md_dict = PyDict_New();
    if (self->md_dict == NULL) {
        Py_DECREF(self);
        return NULL;
    }
    return (PyObject *)self;
}

PyObject *
PyModule_NewObject(PyObject *name)
{
    PyObject *self = module_new(&PyModule_Type, NULL, NULL);
    if (self == NULL)
        return NULL;
    if (module_set_attributes((PyModuleObject *)self, name, Py_None) < 0)
        Py_CLEAR(self);
    return self;
}

PyObject *
PyModule_New(const char *name)
{
    KS_OWNED PyObject *text = PyUnicode_FromString(name);
    return text == NULL ? NULL : PyModule_NewObject(text);
}

typedef struct ModuleArgs {
    PyObject *name, *doc;
} ModuleArgs;

static int
module_init(PyObject *self, PyObject *args, PyObject *kwargs)
{
    static const KsParam params[] = {PARAM(ModuleArgs, name, ARG_STR, 1),
                                     PARAM(ModuleArgs, doc, ARG_OBJECT, 0), PARAM_END};
    ModuleArgs given = {NULL, Py_None};
    if (!ks_args_parse_tuple("module", params, args, kwargs, &given))
        return -1;
    PyModuleObject *module = (PyModuleObject *)self;
    if (module->md_dict == NULL && (module->md_dict = PyDict_New()) == NULL)
        return -1;
    return module_set_attributes(module, given.name, given.doc);
}

/* The state exists only after execution; a definition's functions must not be called before. */
static int
state_is_ready(PyModuleObject *self)
{
    return self->md_def != NULL && (self->md_def->m_size <= 0 || self->md_state != NULL);
}

static int
module_traverse(PyObject *object, visitproc visit, void *arg)
{
    PyModuleObject *self = (PyModuleObject *)object;
    if (state_is_ready(self) && self->md_def->m_traverse != NULL) {
        int status = self->md_def->m_traverse(object, visit, arg);
        if (status)
            return status;
    }
    Py_VISIT(self->md_dict);
    return 0;
}

static int
module_clear(PyObject *object)
{
    PyModuleObject *self = (PyModuleObject *)object;
    if (state_is_ready(self) && self->md_def->m_clear != NULL) {
        if (self->md_def->m_clear(object) < 0 || PyErr_Occurred())
            PyErr_WriteUnraisable(NULL);
    }
    Py_CLEAR(self->md_dict);
    return 0;
}

static void
module_dealloc(PyObject *object)
{
    PyModuleObject *self = (PyModuleObject *)object;
    PyObject_GC_UnTrack(self);
    int verbose = _Py_GetConfig()->verbose;
    if (verbose && self->md_name != NULL)
        PySys_FormatStderr("# destroy %U\n", self->md_name);
    if (self->md_weaklist != NULL)
        PyObject_ClearWeakRefs(object);
    if (state_is_ready(self) && self->md_def->m_free != NULL)
        self->md_def->m_free(self);
    Py_XDECREF(self->md_dict);
    Py_XDECREF(self->md_name);
    if (self->md_state != NULL)
        PyMem_Free(self->md_state);
    Py_TYPE(self)->tp_free(object);
}

/* --- C-API --- */

static PyModuleObject *
module_checked(PyObject *object)
{
    if (PyModule_Check(object))
        return (PyModuleObject *)object;
    PyErr_BadInternalCall();
    return NULL;
}

/* Borrowed. */
PyObject *
PyModule_GetDict(PyObject *object)
{
    PyModuleObject *self = module_checked(object);
    return self == NULL ? NULL : self->md_dict;
}

/* A str of the module's dict, borrowed; SystemError with the message if it is missing. */
static PyObject *
dict_text(PyObject *object, PyObject *key, const char *missing)
{
    if (!PyModule_Check(object)) {
        PyErr_BadArgument();
        return NULL;
    }
    PyObject *dict = ((PyModuleObject *)object)->md_dict;
    PyObject *text = dict != NULL && PyDict_Check(dict) ? PyDict_GetItemWithError(dict, key) : NULL;
    if (text == NULL || !PyUnicode_Check(text)) {
        if (!PyErr_Occurred())
            PyErr_SetString(PyExc_SystemError, missing);
        return NULL;
    }
    return text;
}

PyObject *
PyModule_GetNameObject(PyObject *object)
{
    return Py_XNewRef(dict_text(object, &_Py_ID(__name__), "nameless module"));
}

const char *
PyModule_GetName(PyObject *object)
{
    PyObject *name = dict_text(object, &_Py_ID(__name__), "nameless module");
    return name == NULL ? NULL : PyUnicode_AsUTF8(name);
}

PyObject *
PyModule_GetFilenameObject(PyObject *object)
{
    return Py_XNewRef(dict_text(object, &_Py_ID(__file__), "module filename missing"));
}

const char *
PyModule_GetFilename(PyObject *object)
{
    PyObject *name = dict_text(object, &_Py_ID(__file__), "module filename missing");
    return name == NULL ? NULL : PyUnicode_AsUTF8(name);
}

PyModuleDef *
PyModule_GetDef(PyObject *object)
{
    if (!PyModule_Check(object)) {
        PyErr_BadArgument();
        return NULL;
    }
    return _PyModule_GetDef(object);
}

void *
PyModule_GetState(PyObject *object)
{
    if (!PyModule_Check(object)) {
        PyErr_BadArgument();
        return NULL;
    }
    return _PyModule_GetState(object);
}

int
_PyModule_IsExtension(PyObject *object)
{
    PyModuleDef *definition = PyModule_Check(object) ? _PyModule_GetDef(object) : NULL;
    return definition != NULL && definition->m_methods != NULL;
}

/* --- end of a module --- */

static int
dict_forget(PyObject *dict, PyObject *key, int verbose, int pass)
{
    if (verbose > 1)
        PySys_FormatStderr("#   clear[%d] %U\n", pass, key);
    if (PyDict_SetItem(dict, key, Py_None) < 0)
        PyErr_WriteUnraisable(NULL);
    return 0;
}

/* Sets every name to None: first those with one underscore, then the rest except __builtins__,
 * which destructors that run on the way may still need. Names stay, so that nothing that iterates
 * over the dict is disturbed. */
void
_PyModule_ClearDict(PyObject *dict)
{
    int verbose = _Py_GetConfig()->verbose;
    PyObject *key, *value;
    for (int pass = 1; pass <= 2; pass++) {
        Py_ssize_t position = 0;
        while (PyDict_Next(dict, &position, &key, &value)) {
            if (value == Py_None || !PyUnicode_Check(key))
                continue;
            Py_UCS4 first = PyUnicode_GetLength(key) > 0 ? PyUnicode_READ_CHAR(key, 0) : 0;
            int is_private = first == '_' && PyUnicode_READ_CHAR(key, 1) != '_';
            if (pass == 1 ? is_private
                          : first != '_' ||
                                PyUnicode_CompareWithASCIIString(key, "__builtins__") != 0)
                dict_forget(dict, key, verbose, pass);
        }
    }
}

void
_PyModule_Clear(PyObject *object)
{
    PyObject *dict = ((PyModuleObject *)object)->md_dict;
    if (dict != NULL)
        _PyModule_ClearDict(dict);
}

/* --- attributes --- */

/* 1 if the spec says that the module's import is still running. */
int
_PyModuleSpec_IsInitializing(PyObject *spec)
{
    if (spec == NULL)
        return 0;
    KS_OWNED PyObject *flag = PyObject_GetAttr(spec, &_Py_ID(_initializing));
    int answer = flag != NULL ? PyObject_IsTrue(flag) : -1;
    if (answer >= 0)
        return answer;
    PyErr_Clear();
    return 0;
}

/* 1 if the import of this submodule has begun and not ended. */
static int
is_submodule_under_way(PyObject *spec, PyObject *name)
{
    if (spec == NULL)
        return 0;
    KS_OWNED PyObject *names = PyObject_GetAttr(spec, &_Py_ID(_uninitialized_submodules));
    int answer = names != NULL ? PySequence_Contains(names, name) : -1;
    if (answer >= 0)
        return answer;
    PyErr_Clear();
    return 0;
}

static PyObject *
missing_attribute(PyModuleObject *self, PyObject *name)
{
    if (self->md_dict != NULL) {
        PyObject *hook = PyDict_GetItemWithError(self->md_dict, &_Py_ID(__getattr__));
        if (hook != NULL) {
            KS_OWNED PyObject *held = Py_NewRef(hook);
            return PyObject_CallOneArg(held, name);
        }
        if (PyErr_Occurred())
            return NULL;
        PyObject *found = PyDict_GetItemWithError(self->md_dict, &_Py_ID(__name__));
        if (found != NULL && PyUnicode_Check(found)) {
            KS_OWNED PyObject *module_name = Py_NewRef(found);
            KS_OWNED PyObject *spec =
                Py_XNewRef(PyDict_GetItemWithError(self->md_dict, &_Py_ID(__spec__)));
            if (!_PyModuleSpec_IsInitializing(spec) && is_submodule_under_way(spec, name)) {
                PyErr_Format(PyExc_AttributeError,
                             "cannot access submodule '%U' of module '%U' (most likely due to a "
                             "circular import)",
                             name, module_name);
                return NULL;
            }
            const char *format = _PyModuleSpec_IsInitializing(spec)
                ? "partially initialized module '%U' has no attribute '%U' "
                  "(most likely due to a circular import)"
                : "module '%U' has no attribute '%U'";
            PyErr_Format(PyExc_AttributeError, format, module_name, name);
            return NULL;
        }
        if (PyErr_Occurred())
            return NULL;
    }
    PyErr_Format(PyExc_AttributeError, "module has no attribute '%U'", name);
    return NULL;
}

PyObject *
ks_module_getattro(PyObject *self, PyObject *name)
{
    PyObject *value = _PyObject_GenericGetAttrWithDict(self, name, NULL, 1);
    if (KS_LIKELY(value != NULL) || PyErr_Occurred())
        return value;
    return missing_attribute((PyModuleObject *)self, name);
}

PyObject *
ks_module_find_attribute(PyObject *self, PyObject *name)
{
    PyObject *value = _PyObject_GenericGetAttrWithDict(self, name, NULL, 1);
    if (value != NULL || PyErr_Occurred())
        return value;
    PyObject *dict = ((PyModuleObject *)self)->md_dict;
    if (dict == NULL || PyDict_GetItemWithError(dict, &_Py_ID(__getattr__)) == NULL)
        return NULL;
    return missing_attribute((PyModuleObject *)self, name);
}

static PyObject *
module_repr(PyObject *self)
{
    return PyObject_CallMethod(_PyInterpreterState_GET()->importlib, "_module_repr", "O", self);
}

static PyObject *
module_dir(PyObject *self, PyObject *unused)
{
    KS_OWNED PyObject *dict = PyObject_GetAttr(self, &_Py_ID(__dict__));
    if (dict == NULL)
        return NULL;
    if (!PyDict_Check(dict)) {
        PyErr_Format(PyExc_TypeError, "%U.__dict__ is not a dictionary",
                     ((PyModuleObject *)self)->md_name);
        return NULL;
    }
    PyObject *hook = PyDict_GetItemWithError(dict, &_Py_ID(__dir__));
    if (hook != NULL)
        return PyObject_CallNoArgs(hook);
    return PyErr_Occurred() ? NULL : PyDict_Keys(dict);
}

/* The dict behind the instance, borrowed; it may be a subclass's property of another type. */
static PyObject *
module_dict_checked(PyObject *self)
{
    PyObject *dict = PyObject_GetAttr(self, &_Py_ID(__dict__));
    if (dict != NULL && !PyDict_Check(dict)) {
        PyErr_Format(PyExc_TypeError, "<module>.__dict__ is not a dictionary");
        Py_CLEAR(dict);
    }
    return dict;
}

static PyObject *
module_get_annotations(PyObject *self, void *closure)
{
    KS_OWNED PyObject *dict = module_dict_checked(self);
    if (dict == NULL)
        return NULL;
    PyObject *annotations = PyDict_GetItemWithError(dict, &_Py_ID(__annotations__));
    if (annotations != NULL)
        return Py_NewRef(annotations);
    if (PyErr_Occurred())
        return NULL;
    annotations = PyDict_New();
    if (annotations != NULL && PyDict_SetItem(dict, &_Py_ID(__annotations__), annotations) < 0)
        Py_CLEAR(annotations);
    return annotations;
}

static int
module_set_annotations(PyObject *self, PyObject *value, void *closure)
{
    KS_OWNED PyObject *dict = module_dict_checked(self);
    if (dict == NULL)
        return -1;
    if (value != NULL)
        return PyDict_SetItem(dict, &_Py_ID(__annotations__), value);
    if (PyDict_DelItem(dict, &_Py_ID(__annotations__)) == 0)
        return 0;
    if (PyErr_ExceptionMatches(PyExc_KeyError))
        PyErr_SetString(PyExc_AttributeError, "__annotations__");
    return -1;
}

static PyMemberDef module_members[] = {
    {"__dict__", T_OBJECT, offsetof(PyModuleObject, md_dict), READONLY},
    {NULL},
};

static PyMethodDef module_methods[] = {
    METHOD_PLAIN("__dir__", module_dir, METH_NOARGS, "__dir__() -> list\nspecialized dir() implementation"),
    {NULL},
};

static PyGetSetDef module_getset[] = {
    {"__annotations__", module_get_annotations, module_set_annotations},
    {NULL},
};

PyTypeObject PyModule_Type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "module",
    .tp_basicsize = sizeof(PyModuleObject),
    .tp_dealloc = module_dealloc,
    .tp_repr = module_repr,
    .tp_getattro = ks_module_getattro,
    .tp_setattro = PyObject_GenericSetAttr,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE,
    .tp_doc = PyDoc_STR("module(name, doc=None)\n--\n\n"
                        "Create a module object.\n\n"
                        "The name must be a string; the optional docstring can have any type."),
    .tp_traverse = module_traverse,
    .tp_clear = module_clear,
    .tp_weaklistoffset = offsetof(PyModuleObject, md_weaklist),
    .tp_methods = module_methods,
    .tp_members = module_members,
    .tp_getset = module_getset,
    .tp_dictoffset = offsetof(PyModuleObject, md_dict),
    .tp_init = module_init,
    .tp_alloc = PyType_GenericAlloc,
    .tp_new = module_new,
    .tp_free = PyObject_GC_Del,
};
