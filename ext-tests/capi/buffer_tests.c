/* SPDX-License-Identifier: MIT */
/* The buffer protocol from both sides, and memoryview. */
#include "capi.h"

TEST(bytes_export_read_only)
{
    OWN bytes = PyBytes_FromString("abc");
    Py_ssize_t count = Py_REFCNT(bytes);
    Py_buffer view;
    CU_ASSERT_EQUAL(PyObject_GetBuffer(bytes, &view, PyBUF_SIMPLE), 0);
    CU_ASSERT_EQUAL(view.len, 3);
    CU_ASSERT_EQUAL(view.itemsize, 1);
    CU_ASSERT_EQUAL(view.readonly, 1);
    CU_ASSERT_PTR_NULL(view.format);
    CU_ASSERT_EQUAL(Py_REFCNT(bytes), count + 1);
    PyBuffer_Release(&view);
    CU_ASSERT_PTR_NULL(view.obj);
    CU_ASSERT_EQUAL(Py_REFCNT(bytes), count);
}

TEST(bytes_refuse_writable)
{
    OWN bytes = PyBytes_FromString("abc");
    Py_buffer view;
    MINUS_WITH(PyObject_GetBuffer(bytes, &view, PyBUF_WRITABLE), PyExc_BufferError,
               "Object is not writable.");
    CU_ASSERT_EQUAL(Py_REFCNT(bytes), 1);
}

TEST(non_buffer_refused)
{
    Py_buffer view;
    MINUS_WITH(PyObject_GetBuffer(Py_None, &view, PyBUF_SIMPLE), PyExc_TypeError,
               "a bytes-like object is required, not 'NoneType'");
    CU_ASSERT_EQUAL(PyObject_CheckBuffer(Py_None), 0);
}

TEST(full_request_fills_shape)
{
    OWN bytes = PyBytes_FromString("abcd");
    Py_buffer view;
    CU_ASSERT_EQUAL(PyObject_GetBuffer(bytes, &view, PyBUF_FULL_RO), 0);
    CU_ASSERT_EQUAL(view.ndim, 1);
    CU_ASSERT_EQUAL(view.shape[0], 4);
    CU_ASSERT_EQUAL(view.strides[0], 1);
    CU_ASSERT_STRING_EQUAL(view.format, "B");
    CU_ASSERT_PTR_NULL(view.suboffsets);
    PyBuffer_Release(&view);
}

TEST(release_twice_is_harmless)
{
    OWN bytes = PyBytes_FromString("abcd");
    Py_buffer view;
    CU_ASSERT_EQUAL(PyObject_GetBuffer(bytes, &view, PyBUF_SIMPLE), 0);
    PyBuffer_Release(&view);
    PyBuffer_Release(&view);
    CU_ASSERT_EQUAL(Py_REFCNT(bytes), 1);
}

TEST(fill_info)
{
    char memory[] = "xyz";
    Py_buffer view;
    CU_ASSERT_EQUAL(PyBuffer_FillInfo(&view, NULL, memory, 3, 1, PyBUF_SIMPLE), 0);
    CU_ASSERT_PTR_EQUAL(view.buf, memory);
    MINUS_WITH(PyBuffer_FillInfo(&view, NULL, memory, 3, 1, PyBUF_WRITABLE), PyExc_BufferError,
               "Object is not writable.");
}

TEST(contiguity)
{
    Py_ssize_t shape[] = {2, 3}, c_strides[] = {3, 1}, f_strides[] = {1, 2}, gaps[] = {6, 2};
    char memory[12];
    Py_buffer view = {.buf = memory, .len = 6, .itemsize = 1, .ndim = 2, .shape = shape,
                      .strides = c_strides};
    CU_ASSERT_EQUAL(PyBuffer_IsContiguous(&view, 'C'), 1);
    CU_ASSERT_EQUAL(PyBuffer_IsContiguous(&view, 'F'), 0);
    view.strides = f_strides;
    CU_ASSERT_EQUAL(PyBuffer_IsContiguous(&view, 'F'), 1);
    CU_ASSERT_EQUAL(PyBuffer_IsContiguous(&view, 'A'), 1);
    view.strides = gaps;
    CU_ASSERT_EQUAL(PyBuffer_IsContiguous(&view, 'A'), 0);
}

TEST(fill_contiguous_strides)
{
    Py_ssize_t shape[] = {2, 3, 4}, strides[3];
    PyBuffer_FillContiguousStrides(3, shape, strides, 8, 'C');
    CU_ASSERT_EQUAL(strides[0], 96);
    CU_ASSERT_EQUAL(strides[2], 8);
    PyBuffer_FillContiguousStrides(3, shape, strides, 8, 'F');
    CU_ASSERT_EQUAL(strides[0], 8);
    CU_ASSERT_EQUAL(strides[2], 48);
}

TEST(get_pointer_follows_strides)
{
    char memory[6] = "abcdef";
    Py_ssize_t shape[] = {2, 3}, strides[] = {3, 1}, at[] = {1, 2};
    Py_buffer view = {.buf = memory, .len = 6, .itemsize = 1, .ndim = 2, .shape = shape,
                      .strides = strides};
    CU_ASSERT_PTR_EQUAL(PyBuffer_GetPointer(&view, at), memory + 5);
}

TEST(to_and_from_contiguous)
{
    char memory[8] = "a.b.c.d.", out[5] = {0};
    Py_ssize_t shape[] = {4}, strides[] = {2};
    Py_buffer view = {.buf = memory, .len = 4, .itemsize = 1, .ndim = 1, .shape = shape,
                      .strides = strides, .format = "B"};
    CU_ASSERT_EQUAL(PyBuffer_ToContiguous(out, &view, 4, 'C'), 0);
    CU_ASSERT_STRING_EQUAL(out, "abcd");
    CU_ASSERT_EQUAL(PyBuffer_FromContiguous(&view, "WXYZ", 4, 'C'), 0);
    CU_ASSERT_EQUAL(memcmp(memory, "W.X.Y.Z.", 8), 0);
}

TEST(size_from_format)
{
    CU_ASSERT_EQUAL(PyBuffer_SizeFromFormat("2i"), 8);
    CU_ASSERT_EQUAL(PyBuffer_SizeFromFormat("<hq"), 10);
}

TEST(copy_data_between_objects)
{
    OWN to = PyByteArray_FromStringAndSize("....", 4), from = PyBytes_FromString("data");
    CU_ASSERT_EQUAL(PyObject_CopyData(to, from), 0);
    READS(to, "bytearray(b'data')");
    OWN shorter = PyByteArray_FromStringAndSize("..", 2);
    MINUS_WITH(PyObject_CopyData(shorter, from), PyExc_BufferError,
               "destination is too small to receive data from source");
}

TEST(memoryview_holds_exporter)
{
    OWN array = PyByteArray_FromStringAndSize("abc", 3);
    PyObject *view = PyMemoryView_FromObject(array);
    CU_ASSERT(PyMemoryView_Check(view));
    CU_ASSERT_PTR_EQUAL(PyMemoryView_GET_BASE(view), array);
    CU_ASSERT_EQUAL(PyMemoryView_GET_BUFFER(view)->len, 3);
    CU_ASSERT(Py_REFCNT(array) > 1);
    Py_DECREF(view);
    CU_ASSERT_EQUAL(Py_REFCNT(array), 1);
}

TEST(memoryview_from_memory)
{
    char memory[] = "abc";
    OWN view = PyMemoryView_FromMemory(memory, 3, PyBUF_WRITE);
    OWN index = PyLong_FromLong(1), value = PyLong_FromLong('Z');
    CU_ASSERT_EQUAL(PyObject_SetItem(view, index, value), 0);
    CU_ASSERT_STRING_EQUAL(memory, "aZc");
    OWN fixed = PyMemoryView_FromMemory(memory, 3, PyBUF_READ);
    MINUS_WITH(PyObject_SetItem(fixed, index, value), PyExc_TypeError,
               "cannot modify read-only memory");
}

TEST(memoryview_from_buffer)
{
    char memory[] = "abcd";
    Py_buffer info;
    CU_ASSERT_EQUAL(PyBuffer_FillInfo(&info, NULL, memory, 4, 1, PyBUF_FULL_RO), 0);
    OWN view = PyMemoryView_FromBuffer(&info);
    GIVES(PyObject_CallMethod(view, "tobytes", NULL), "b'abcd'");
    GIVES(PyObject_GetAttrString(view, "readonly"), "True");
}

TEST(get_contiguous_copies_if_needed)
{
    OWN view = ks_eval("memoryview(b'a.b.c.')[::2]");
    OWN whole = PyMemoryView_GetContiguous(view, PyBUF_READ, 'C');
    GIVES(PyObject_CallMethod(whole, "tobytes", NULL), "b'abc'");
    NULL_WITH(PyMemoryView_GetContiguous(view, PyBUF_WRITE, 'C'), PyExc_BufferError,
              "underlying buffer is not writable");
}

TEST(released_memoryview)
{
    OWN view = ks_eval("memoryview(b'abc')");
    OWN none = PyObject_CallMethod(view, "release", NULL);
    Py_buffer info;
    MINUS_WITH(PyObject_GetBuffer(view, &info, PyBUF_SIMPLE), PyExc_ValueError,
               "operation forbidden on released memoryview object");
}

typedef struct {
    PyObject_HEAD
    int exports;
    int data[3];
} Export;

static int
export_get(PyObject *self, Py_buffer *view, int flags)
{
    static Py_ssize_t shape[] = {3}, strides[] = {sizeof(int)};
    Export *export = (Export *)self;
    export->exports++;
    *view = (Py_buffer){.buf = export->data, .obj = Py_NewRef(self), .len = sizeof(export->data),
                        .itemsize = sizeof(int), .ndim = 1, .shape = shape, .strides = strides,
                        .format = "i"};
    return 0;
}

static void
export_release(PyObject *self, Py_buffer *view)
{
    ((Export *)self)->exports--;
}

static PyType_Slot export_slots[] = {
    {Py_bf_getbuffer, export_get}, {Py_bf_releasebuffer, export_release}, {0, NULL},
};
static PyType_Spec export_spec = {"capi.Export", sizeof(Export), 0, Py_TPFLAGS_DEFAULT,
                                  export_slots};

TEST(own_exporter_is_asked_and_told)
{
    OWN type = PyType_FromSpec(&export_spec);
    OWN export = PyObject_CallNoArgs(type);
    ((Export *)export)->data[1] = -7;
    PyObject *view = PyMemoryView_FromObject(export);
    CU_ASSERT_EQUAL(((Export *)export)->exports, 1);
    GIVES(PyObject_CallMethod(view, "tolist", NULL), "[0, -7, 0]");
    GIVES(PyObject_GetAttrString(view, "nbytes"), "12");
    Py_DECREF(view);
    CU_ASSERT_EQUAL(((Export *)export)->exports, 0);
}

TEST(own_exporter_cast)
{
    OWN type = PyType_FromSpec(&export_spec);
    OWN export = PyObject_CallNoArgs(type);
    ((Export *)export)->data[0] = 258;
    OWN view = PyMemoryView_FromObject(export);
    OWN cast = PyObject_CallMethod(view, "cast", "s", "B");
    OWN bytes = PySequence_GetSlice(cast, 0, 3);
    GIVES(PyObject_CallMethod(bytes, "tolist", NULL), "[2, 1, 0]");
}

void
add_buffer_tests(CU_pSuite suite)
{
    CU_ADD_TEST(suite, test_bytes_export_read_only);
    CU_ADD_TEST(suite, test_bytes_refuse_writable);
    CU_ADD_TEST(suite, test_non_buffer_refused);
    CU_ADD_TEST(suite, test_full_request_fills_shape);
    CU_ADD_TEST(suite, test_release_twice_is_harmless);
    CU_ADD_TEST(suite, test_fill_info);
    CU_ADD_TEST(suite, test_contiguity);
    CU_ADD_TEST(suite, test_fill_contiguous_strides);
    CU_ADD_TEST(suite, test_get_pointer_follows_strides);
    CU_ADD_TEST(suite, test_to_and_from_contiguous);
    CU_ADD_TEST(suite, test_size_from_format);
    CU_ADD_TEST(suite, test_copy_data_between_objects);
    CU_ADD_TEST(suite, test_memoryview_holds_exporter);
    CU_ADD_TEST(suite, test_memoryview_from_memory);
    CU_ADD_TEST(suite, test_memoryview_from_buffer);
    CU_ADD_TEST(suite, test_get_contiguous_copies_if_needed);
    CU_ADD_TEST(suite, test_released_memoryview);
    CU_ADD_TEST(suite, test_own_exporter_is_asked_and_told);
    CU_ADD_TEST(suite, test_own_exporter_cast);
}
