// SPDX-License-Identifier: MIT
// C++: an object that holds a std::map, made with placement new and ended by its destructor.
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <map>
#include <new>
#include <stdexcept>
#include <string>

namespace {

struct Words {
    PyObject_HEAD
    std::map<std::string, long> counts;
};

PyObject *
words_new(PyTypeObject *type, PyObject *, PyObject *)
{
    PyObject *self = type->tp_alloc(type, 0);
    if (self != nullptr)
        new (&reinterpret_cast<Words *>(self)->counts) std::map<std::string, long>();
    return self;
}

void
words_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    using Map = std::map<std::string, long>;
    reinterpret_cast<Words *>(self)->counts.~Map();
    type->tp_free(self);
    Py_DECREF(type);
}

PyObject *
words_add(PyObject *self, PyObject *word)
{
    Py_ssize_t size;
    const char *text = PyUnicode_AsUTF8AndSize(word, &size);
    if (text == nullptr)
        return nullptr;
    try {
        return PyLong_FromLong(++reinterpret_cast<Words *>(self)->counts[std::string(text, size)]);
    }
    catch (const std::bad_alloc &) {
        return PyErr_NoMemory();
    }
}

PyObject *
words_count(PyObject *self, PyObject *word)
{
    const char *text = PyUnicode_AsUTF8(word);
    if (text == nullptr)
        return nullptr;
    try {
        return PyLong_FromLong(reinterpret_cast<Words *>(self)->counts.at(text));
    }
    catch (const std::out_of_range &) {
        return PyErr_Format(PyExc_LookupError, "no %R", word);
    }
}

PyObject *
words_items(PyObject *self, PyObject *)
{
    PyObject *result = PyList_New(0);
    for (const auto &pair : reinterpret_cast<Words *>(self)->counts) {
        PyObject *item = Py_BuildValue("s#l", pair.first.data(), (Py_ssize_t)pair.first.size(),
                                       pair.second);
        if (item == nullptr || result == nullptr || PyList_Append(result, item) < 0)
            Py_CLEAR(result);
        Py_XDECREF(item);
    }
    return result;
}

Py_ssize_t
words_length(PyObject *self)
{
    return static_cast<Py_ssize_t>(reinterpret_cast<Words *>(self)->counts.size());
}

PyMethodDef words_methods[] = {
    {"add", words_add, METH_O, nullptr},
    {"count", words_count, METH_O, nullptr},
    {"items", words_items, METH_NOARGS, nullptr},
    {nullptr, nullptr, 0, nullptr},
};

PyType_Slot words_slots[] = {
    {Py_tp_new, reinterpret_cast<void *>(words_new)},
    {Py_tp_dealloc, reinterpret_cast<void *>(words_dealloc)},
    {Py_tp_methods, words_methods},
    {Py_mp_length, reinterpret_cast<void *>(words_length)},
    {0, nullptr},
};
PyType_Spec words_spec = {"cplus.Words", sizeof(Words), 0,
                          Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE, words_slots};

int
cplus_exec(PyObject *module)
{
    PyObject *type = PyType_FromModuleAndSpec(module, &words_spec, nullptr);
    int done = type == nullptr ? -1 : PyModule_AddObjectRef(module, "Words", type);
    Py_XDECREF(type);
    return done;
}

PyModuleDef_Slot slots[] = {{Py_mod_exec, reinterpret_cast<void *>(cplus_exec)}, {0, nullptr}};
PyModuleDef module = {PyModuleDef_HEAD_INIT, "cplus", nullptr, 0, nullptr, slots, nullptr, nullptr,
                      nullptr};

}

PyMODINIT_FUNC
PyInit_cplus(void)
{
    return PyModuleDef_Init(&module);
}
