/* SPDX-License-Identifier: MIT */
/* A matrix that hands out its memory, and a function that reads anybody's. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

typedef struct {
    PyObject_HEAD
    Py_ssize_t shape[2], strides[2];
    int exports;
    double *items;
} Matrix;

static PyObject *
matrix_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    Py_ssize_t rows, columns;
    if (!PyArg_ParseTuple(args, "nn:Matrix", &rows, &columns))
        return NULL;
    Matrix *self = (Matrix *)type->tp_alloc(type, 0);
    if (self == NULL)
        return NULL;
    self->shape[0] = rows;
    self->shape[1] = columns;
    self->strides[0] = columns * (Py_ssize_t)sizeof(double);
    self->strides[1] = sizeof(double);
    self->items = PyMem_Calloc(rows * columns, sizeof(double));
    if (self->items == NULL) {
        Py_DECREF(self);
        return PyErr_NoMemory();
    }
    return (PyObject *)self;
}

static void
matrix_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyMem_Free(((Matrix *)self)->items);
    type->tp_free(self);
    Py_DECREF(type);
}

static int
matrix_get_buffer(PyObject *self, Py_buffer *view, int flags)
{
    Matrix *matrix = (Matrix *)self;
    if ((flags & PyBUF_F_CONTIGUOUS) == PyBUF_F_CONTIGUOUS) {
        view->obj = NULL;
        PyErr_SetString(PyExc_BufferError, "rows come first");
        return -1;
    }
    matrix->exports++;
    Py_INCREF(self);
    *view = (Py_buffer){
        .buf = matrix->items, .obj = self, .itemsize = sizeof(double), .ndim = 2, .format = "d",
        .len = matrix->shape[0] * matrix->strides[0], .shape = matrix->shape,
            .strides = matrix->strides,
    };
    return 0;
}

static void
matrix_release_buffer(PyObject *self, Py_buffer *view)
{
    ((Matrix *)self)->exports--;
}

static PyObject *
matrix_exports(PyObject *self, void *closure)
{
    return PyLong_FromLong(((Matrix *)self)->exports);
}

static PyGetSetDef matrix_getset[] = {{"exports", matrix_exports, NULL, NULL, NULL}, {NULL}};
static PyType_Slot matrix_slots[] = {
    {Py_tp_new, matrix_new}, {Py_tp_dealloc, matrix_dealloc}, {Py_tp_getset, matrix_getset},
    {Py_bf_getbuffer, matrix_get_buffer}, {Py_bf_releasebuffer, matrix_release_buffer}, {0, NULL},
};
static PyType_Spec matrix_spec = {"buffers.Matrix", sizeof(Matrix), 0, Py_TPFLAGS_DEFAULT,
                                  matrix_slots};

static PyObject *
byte_sum(PyObject *module, PyObject *object)
{
    Py_buffer view;
    unsigned long sum = 0;
    if (PyObject_GetBuffer(object, &view, PyBUF_SIMPLE) < 0)
        return NULL;
    for (Py_ssize_t i = 0; i < view.len; i++)
        sum += ((unsigned char *)view.buf)[i];
    PyBuffer_Release(&view);
    return PyLong_FromUnsignedLong(sum);
}

static PyObject *
fill(PyObject *module, PyObject *args)
{
    Py_buffer view;
    unsigned char value;
    if (!PyArg_ParseTuple(args, "w*b:fill", &view, &value))
        return NULL;
    memset(view.buf, value, view.len);
    PyBuffer_Release(&view);
    Py_RETURN_NONE;
}

static PyMethodDef functions[] = {
    {"byte_sum", byte_sum, METH_O, NULL}, {"fill", fill, METH_VARARGS, NULL}, {NULL},
};

static int
buffers_exec(PyObject *module)
{
    PyObject *type = PyType_FromModuleAndSpec(module, &matrix_spec, NULL);
    int done = type == NULL ? -1 : PyModule_AddObjectRef(module, "Matrix", type);
    Py_XDECREF(type);
    return done;
}

static PyModuleDef_Slot slots[] = {{Py_mod_exec, buffers_exec}, {0, NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, .m_name = "buffers",
                                    .m_methods = functions,
                                    .m_slots = slots};

PyMODINIT_FUNC
PyInit_buffers(void)
{
    return PyModuleDef_Init(&module);
}
