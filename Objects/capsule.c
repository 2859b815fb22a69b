/* SPDX-License-Identifier: MIT */
/* Capsules: a C pointer with a name, passed between extension modules.
 *
 * The name is the caller's memory, compared by text. The pointer is never NULL. */
#include "Python.h"

#include "ks_base.h"

typedef struct Capsule {
    PyObject_HEAD
    void *pointer;
    const char *name;
    void *context;
    PyCapsule_Destructor destructor;
} Capsule;

/* The capsule, or NULL with ValueError; `function` for the message. */
static Capsule *
capsule_checked(PyObject *object, const char *function)
{
    if (object != NULL && PyCapsule_CheckExact(object) && ((Capsule *)object)->pointer != NULL)
        return (Capsule *)object;
    PyErr_Format(PyExc_ValueError, "%s called with invalid PyCapsule object", function);
    return NULL;
}

static int
names_match(const char *left, const char *right)
{
    if (left == NULL || right == NULL)
        return left == right;
    return strcmp(left, right) == 0;
}

PyObject *
PyCapsule_New(void *pointer, const char *name, PyCapsule_Destructor destructor)
{
    if (pointer == NULL) {
        PyErr_SetString(PyExc_ValueError, "PyCapsule_New called with null pointer");
        return NULL;
    }
    Capsule *self = PyObject_New(Capsule, &PyCapsule_Type);
    if (self == NULL)
        return NULL;
    self->pointer = pointer;
    self->name = name;
    self->context = NULL;
    self->destructor = destructor;
    return (PyObject *)self;
}

int
PyCapsule_IsValid(PyObject *object, const char *name)
{
    Capsule *self = (Capsule *)object;
    return self != NULL && PyCapsule_CheckExact(object) && self->pointer != NULL &&
           names_match(self->name, name);
}

void *
PyCapsule_GetPointer(PyObject *object, const char *name)
{
    Capsule *self = capsule_checked(object, "PyCapsule_GetPointer");
    if (self == NULL)
        return NULL;
    if (!names_match(name, self->name)) {
        PyErr_SetString(PyExc_ValueError, "PyCapsule_GetPointer called with incorrect name");
        return NULL;
    }
    return self->pointer;
}

const char *
PyCapsule_GetName(PyObject *object)
{
    Capsule *self = capsule_checked(object, "PyCapsule_GetName");
    return self == NULL ? NULL : self->name;
}

PyCapsule_Destructor
PyCapsule_GetDestructor(PyObject *object)
{
    Capsule *self = capsule_checked(object, "PyCapsule_GetDestructor");
    return self == NULL ? NULL : self->destructor;
}

void *
PyCapsule_GetContext(PyObject *object)
{
    Capsule *self = capsule_checked(object, "PyCapsule_GetContext");
    return self == NULL ? NULL : self->context;
}

int
PyCapsule_SetPointer(PyObject *object, void *pointer)
{
    Capsule *self = capsule_checked(object, "PyCapsule_SetPointer");
    if (self == NULL)
        return -1;
    if (pointer == NULL) {
        PyErr_SetString(PyExc_ValueError, "PyCapsule_SetPointer called with null pointer");
        return -1;
    }
    self->pointer = pointer;
    return 0;
}

int
PyCapsule_SetName(PyObject *object, const char *name)
{
    Capsule *self = capsule_checked(object, "PyCapsule_SetName");
    if (self == NULL)
        return -1;
    self->name = name;
    return 0;
}

int
PyCapsule_SetDestructor(PyObject *object, PyCapsule_Destructor destructor)
{
    Capsule *self = capsule_checked(object, "PyCapsule_SetDestructor");
    if (self == NULL)
        return -1;
    self->destructor = destructor;
    return 0;
}

int
PyCapsule_SetContext(PyObject *object, void *context)
{
    Capsule *self = capsule_checked(object, "PyCapsule_SetContext");
    if (self == NULL)
        return -1;
    self->context = context;
    return 0;
}

/* The pointer behind "package.module.attribute": imports the first part, walks attributes. */
void *
PyCapsule_Import(const char *name, int no_block)
{
    KS_OWNED PyObject *object = NULL;
    const char *part = name;
    while (part != NULL) {
        const char *dot = strchr(part, '.');
        KS_OWNED PyObject *word = dot != NULL ? PyUnicode_FromStringAndSize(part, dot - part)
                                              : PyUnicode_FromString(part);
        if (word == NULL)
            return NULL;
        PyObject *next;
        if (object != NULL) {
            next = PyObject_GetAttr(object, word);
        }
        else {
            next = PyImport_Import(word);
            if (next == NULL)
                PyErr_Format(PyExc_ImportError, "PyCapsule_Import could not import module \"%U\"",
                             word);
        }
        Py_XSETREF(object, next);
        if (object == NULL)
            return NULL;
        part = dot != NULL ? dot + 1 : NULL;
    }
    if (!PyCapsule_IsValid(object, name)) {
        PyErr_Format(PyExc_AttributeError, "PyCapsule_Import \"%s\" is not valid", name);
        return NULL;
    }
    return ((Capsule *)object)->pointer;
}

static void
capsule_dealloc(PyObject *self)
{
    Capsule *capsule = (Capsule *)self;
    if (capsule->destructor != NULL)
        capsule->destructor(self);
    PyObject_Free(self);
}

static PyObject *
capsule_repr(PyObject *self)
{
    Capsule *capsule = (Capsule *)self;
    const char *quote = capsule->name != NULL ? "\"" : "";
    return PyUnicode_FromFormat("<capsule object %s%s%s at %p>", quote,
                                capsule->name != NULL ? capsule->name : "NULL", quote, self);
}

PyTypeObject PyCapsule_Type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "PyCapsule",
    .tp_basicsize = sizeof(Capsule),
    .tp_dealloc = capsule_dealloc,
    .tp_repr = capsule_repr,
    .tp_doc = PyDoc_STR("A C pointer with a name, for extension modules to share."),
};
