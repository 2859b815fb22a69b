/* SPDX-License-Identifier: MIT */
/* Memory: the three domains, their limits, hooks before their allocators. */
#include "capi.h"

extern Py_ssize_t _Py_GetAllocatedBlocks(void);

TEST(zero_bytes_give_distinct_blocks)
{
    void *one = PyMem_Malloc(0), *two = PyMem_Malloc(0), *three = PyObject_Malloc(0),
        *four = PyMem_RawMalloc(0);
    CU_ASSERT(one != NULL && two != NULL && three != NULL && four != NULL);
    CU_ASSERT_PTR_NOT_EQUAL(one, two);
    PyMem_Free(one);
    PyMem_Free(two);
    PyObject_Free(three);
    PyMem_RawFree(four);
}

TEST(too_large_is_null_without_exception)
{
    size_t size = (size_t)PY_SSIZE_T_MAX + 1;
    CU_ASSERT_PTR_NULL(PyMem_Malloc(size));
    CU_ASSERT_PTR_NULL(PyMem_RawMalloc(size));
    CU_ASSERT_PTR_NULL(PyObject_Malloc(size));
    CU_ASSERT_PTR_NULL(PyMem_Calloc(size / 2, 4));
    CU_ASSERT_PTR_NULL(PyErr_Occurred());
}

TEST(calloc_zeroes)
{
    unsigned char *block = PyMem_Calloc(100, 3), *object = PyObject_Calloc(10, 10),
        *raw = PyMem_RawCalloc(9, 100);
    int sum = 0;
    for (int i = 0; i < 300; i++)
        sum += block[i];
    for (int i = 0; i < 100; i++)
        sum += object[i] + raw[i];
    CU_ASSERT_EQUAL(sum, 0);
    PyMem_Free(block);
    PyObject_Free(object);
    PyMem_RawFree(raw);
}

TEST(realloc_keeps_content_across_classes)
{
    char *block = PyMem_Malloc(10);
    strcpy(block, "123456789");
    size_t sizes[] = {20, 500, 513, 100000, 600, 16};
    for (int i = 0; i < 6; i++) {
        block = PyMem_Realloc(block, sizes[i]);
        CU_ASSERT_PTR_NOT_NULL_FATAL(block);
        CU_ASSERT_STRING_EQUAL(block, "123456789");
    }
    PyMem_Free(block);
}

TEST(realloc_of_null_allocates)
{
    void *block = PyObject_Realloc(NULL, 30);
    CU_ASSERT_PTR_NOT_NULL(block);
    PyObject_Free(block);
}

TEST(free_of_null)
{
    Py_ssize_t before = _Py_GetAllocatedBlocks();
    PyMem_Free(NULL);
    PyObject_Free(NULL);
    PyMem_RawFree(NULL);
    CU_ASSERT_EQUAL(_Py_GetAllocatedBlocks(), before);
}

TEST(blocks_are_aligned)
{
    for (size_t size = 1; size <= 600; size += 7) {
        void *block = PyObject_Malloc(size);
        CU_ASSERT_EQUAL((uintptr_t)block % 16, 0);
        memset(block, 0xa5, size);
        PyObject_Free(block);
    }
}

TEST(blocks_are_counted)
{
    void *kept[100];
    Py_ssize_t before = _Py_GetAllocatedBlocks();
    if (before == 0) /* the pools are not in use: malloc counts nothing */
        return;
    for (int i = 0; i < 100; i++)
        kept[i] = PyObject_Malloc(48);
    CU_ASSERT_EQUAL(_Py_GetAllocatedBlocks(), before + 100);
    for (int i = 0; i < 100; i++)
        PyObject_Free(kept[i]);
    CU_ASSERT_EQUAL(_Py_GetAllocatedBlocks(), before);
}

TEST(many_blocks_do_not_overlap)
{
    enum { COUNT = 20000 };
    int **blocks = PyMem_New(int *, COUNT);
    int bad = 0;
    for (int i = 0; i < COUNT; i++) {
        blocks[i] = PyMem_Malloc(sizeof(int) * (1 + i % 40));
        for (int j = 0; j <= i % 40; j++)
            blocks[i][j] = i;
    }
    for (int i = 0; i < COUNT; i++) {
        for (int j = 0; j <= i % 40; j++)
            bad += blocks[i][j] != i;
        PyMem_Free(blocks[i]);
    }
    PyMem_Free(blocks);
    CU_ASSERT_EQUAL(bad, 0);
}

TEST(typed_macros)
{
    long *numbers = PyMem_New(long, 4);
    numbers[3] = 77;
    PyMem_Resize(numbers, long, 1000);
    CU_ASSERT_EQUAL(numbers[3], 77);
    PyMem_Del(numbers);
}

TEST(object_new_and_init)
{
    PyType_Slot slots[] = {{0, NULL}};
    PyType_Spec spec = {"capi.Plain", sizeof(PyObject), 0, Py_TPFLAGS_DEFAULT, slots};
    PyTypeObject *type = (PyTypeObject *)PyType_FromSpec(&spec);
    CU_ASSERT_PTR_NOT_NULL_FATAL(type);
    Py_ssize_t count = Py_REFCNT(type);
    PyObject *object = PyObject_New(PyObject, type);
    CU_ASSERT_EQUAL(Py_REFCNT(object), 1);
    CU_ASSERT_PTR_EQUAL(Py_TYPE(object), type);
    CU_ASSERT_EQUAL(Py_REFCNT(type), count + 1);
    Py_DECREF(object);
    CU_ASSERT_EQUAL(Py_REFCNT(type), count);
    Py_DECREF(type);
}

typedef struct {
    PyMemAllocatorEx below;
    int mallocs, callocs, reallocs, frees;
} Counter;

static void *
count_malloc(void *context, size_t size)
{
    Counter *counter = context;
    counter->mallocs++;
    return counter->below.malloc(counter->below.ctx, size);
}

static void *
count_calloc(void *context, size_t count, size_t size)
{
    Counter *counter = context;
    counter->callocs++;
    return counter->below.calloc(counter->below.ctx, count, size);
}

static void *
count_realloc(void *context, void *block, size_t size)
{
    Counter *counter = context;
    counter->reallocs++;
    return counter->below.realloc(counter->below.ctx, block, size);
}

static void
count_free(void *context, void *block)
{
    Counter *counter = context;
    counter->frees++;
    counter->below.free(counter->below.ctx, block);
}

static void
count_one_of_each(PyMemAllocatorDomain domain, void *(*allocate)(size_t),
                  void *(*clear)(size_t, size_t),
                  void *(*resize)(void *, size_t), void (*release)(void *))
{
    Counter counter = {.mallocs = 0};
    PyMemAllocatorEx hook = {&counter, count_malloc, count_calloc, count_realloc, count_free}, back;
    PyMem_GetAllocator(domain, &counter.below);
    PyMem_SetAllocator(domain, &hook);
    void *one = allocate(40), *two = clear(4, 10);
    one = resize(one, 4000);
    release(one);
    release(two);
    PyMem_GetAllocator(domain, &back);
    PyMem_SetAllocator(domain, &counter.below);
    CU_ASSERT_PTR_EQUAL(back.ctx, &counter);
    CU_ASSERT_EQUAL(counter.mallocs, 1);
    CU_ASSERT_EQUAL(counter.callocs, 1);
    CU_ASSERT_EQUAL(counter.reallocs, 1);
    CU_ASSERT_EQUAL(counter.frees, 2);
}

TEST(hook_on_mem)
{
    count_one_of_each(PYMEM_DOMAIN_MEM, PyMem_Malloc, PyMem_Calloc, PyMem_Realloc, PyMem_Free);
}

TEST(hook_on_object)
{
    count_one_of_each(PYMEM_DOMAIN_OBJ, PyObject_Malloc, PyObject_Calloc, PyObject_Realloc,
                      PyObject_Free);
}

TEST(hook_on_raw)
{
    count_one_of_each(PYMEM_DOMAIN_RAW, PyMem_RawMalloc, PyMem_RawCalloc, PyMem_RawRealloc,
                      PyMem_RawFree);
}

TEST(objects_come_through_hook)
{
    Counter counter = {.mallocs = 0};
    PyMemAllocatorEx hook = {&counter, count_malloc, count_calloc, count_realloc, count_free};
    PyMem_GetAllocator(PYMEM_DOMAIN_OBJ, &counter.below);
    PyMem_SetAllocator(PYMEM_DOMAIN_OBJ, &hook);
    PyObject *bytes = PyBytes_FromStringAndSize(NULL, 200);
    Py_DECREF(bytes);
    PyMem_SetAllocator(PYMEM_DOMAIN_OBJ, &counter.below);
    CU_ASSERT_EQUAL(counter.mallocs, 1);
    CU_ASSERT_EQUAL(counter.frees, 1);
}

TEST(arena_allocator_is_kept)
{
    PyObjectArenaAllocator allocator;
    PyObject_GetArenaAllocator(&allocator);
    CU_ASSERT_PTR_NOT_NULL(allocator.alloc);
    CU_ASSERT_PTR_NOT_NULL(allocator.free);
    PyObject_SetArenaAllocator(&allocator);
    PyObjectArenaAllocator again;
    PyObject_GetArenaAllocator(&again);
    CU_ASSERT_PTR_EQUAL(again.alloc, allocator.alloc);
}

TEST(strdup_helpers)
{
    char *copy = _PyMem_Strdup("abc");
    CU_ASSERT_STRING_EQUAL(copy, "abc");
    PyMem_Free(copy);
    wchar_t *wide = _PyMem_RawWcsdup(L"xy");
    CU_ASSERT_EQUAL(wide[1], L'y');
    PyMem_RawFree(wide);
}

void
add_memory_tests(CU_pSuite suite)
{
    CU_ADD_TEST(suite, test_zero_bytes_give_distinct_blocks);
    CU_ADD_TEST(suite, test_too_large_is_null_without_exception);
    CU_ADD_TEST(suite, test_calloc_zeroes);
    CU_ADD_TEST(suite, test_realloc_keeps_content_across_classes);
    CU_ADD_TEST(suite, test_realloc_of_null_allocates);
    CU_ADD_TEST(suite, test_free_of_null);
    CU_ADD_TEST(suite, test_blocks_are_aligned);
    CU_ADD_TEST(suite, test_blocks_are_counted);
    CU_ADD_TEST(suite, test_many_blocks_do_not_overlap);
    CU_ADD_TEST(suite, test_typed_macros);
    CU_ADD_TEST(suite, test_object_new_and_init);
    CU_ADD_TEST(suite, test_hook_on_mem);
    CU_ADD_TEST(suite, test_hook_on_object);
    CU_ADD_TEST(suite, test_hook_on_raw);
    CU_ADD_TEST(suite, test_objects_come_through_hook);
    CU_ADD_TEST(suite, test_arena_allocator_is_kept);
    CU_ADD_TEST(suite, test_strdup_helpers);
}
