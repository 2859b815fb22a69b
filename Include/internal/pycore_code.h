/* SPDX-License-Identifier: MIT */
/* Inline caches of the instructions, local variables' kinds, construction of code objects, the
 * line table's numbers and the counters of adaptive instructions. */
#ifndef Py_INTERNAL_CODE_H
#define Py_INTERNAL_CODE_H

#ifdef __cplusplus
extern "C" {
#endif

#define INLINE_CACHE_ENTRIES_LOAD_GLOBAL CACHE_ENTRIES(_PyLoadGlobalCache)
#define INLINE_CACHE_ENTRIES_BINARY_OP CACHE_ENTRIES(_PyBinaryOpCache)
#define INLINE_CACHE_ENTRIES_UNPACK_SEQUENCE CACHE_ENTRIES(_PyUnpackSequenceCache)
#define INLINE_CACHE_ENTRIES_COMPARE_OP CACHE_ENTRIES(_PyCompareOpCache)
#define INLINE_CACHE_ENTRIES_BINARY_SUBSCR CACHE_ENTRIES(_PyBinarySubscrCache)
#define INLINE_CACHE_ENTRIES_LOAD_ATTR CACHE_ENTRIES(_PyAttrCache)
#define INLINE_CACHE_ENTRIES_STORE_ATTR CACHE_ENTRIES(_PyAttrCache)
#define INLINE_CACHE_ENTRIES_LOAD_METHOD CACHE_ENTRIES(_PyLoadMethodCache)
#define INLINE_CACHE_ENTRIES_CALL CACHE_ENTRIES(_PyCallCache)
#define INLINE_CACHE_ENTRIES_PRECALL CACHE_ENTRIES(_PyPrecallCache)
#define INLINE_CACHE_ENTRIES_STORE_SUBSCR CACHE_ENTRIES(_PyStoreSubscrCache)
#define QUICKENING_WARMUP_DELAY 8
#define QUICKENING_INITIAL_WARMUP_VALUE (-QUICKENING_WARMUP_DELAY)
#define CO_FAST_LOCAL 0x20
#define CO_FAST_CELL 0x40
#define CO_FAST_FREE 0x80
#define ADAPTIVE_BACKOFF_BITS 4
#define ADAPTIVE_BACKOFF_START 5
#define MAX_BACKOFF_VALUE (16 - ADAPTIVE_BACKOFF_BITS)

typedef struct {
    _Py_CODEUNIT counter;
    _Py_CODEUNIT index;
    _Py_CODEUNIT module_keys_version[2];
    _Py_CODEUNIT builtin_keys_version;
} _PyLoadGlobalCache;

typedef struct {
    _Py_CODEUNIT counter;
} _PyBinaryOpCache;

typedef struct {
    _Py_CODEUNIT counter;
} _PyUnpackSequenceCache;

typedef struct {
    _Py_CODEUNIT counter;
    _Py_CODEUNIT mask;
} _PyCompareOpCache;

typedef struct {
    _Py_CODEUNIT counter;
    _Py_CODEUNIT type_version[2];
    _Py_CODEUNIT func_version;
} _PyBinarySubscrCache;

typedef struct {
    _Py_CODEUNIT counter;
    _Py_CODEUNIT version[2];
    _Py_CODEUNIT index;
} _PyAttrCache;

typedef struct {
    _Py_CODEUNIT counter;
    _Py_CODEUNIT type_version[2];
    _Py_CODEUNIT dict_offset;
    _Py_CODEUNIT keys_version[2];
    _Py_CODEUNIT descr[4];
} _PyLoadMethodCache;

typedef struct {
    _Py_CODEUNIT counter;
    _Py_CODEUNIT func_version[2];
    _Py_CODEUNIT min_args;
} _PyCallCache;

typedef struct {
    _Py_CODEUNIT counter;
} _PyPrecallCache;

typedef struct {
    _Py_CODEUNIT counter;
} _PyStoreSubscrCache;

struct callable_cache {
    PyObject *isinstance;
    PyObject *len;
    PyObject *list_append;
};

typedef unsigned char _PyLocals_Kind;
struct _PyCodeConstructor {
    PyObject *filename;
    PyObject *name;
    PyObject *qualname;
    int flags;
    PyObject *code;
    int firstlineno;
    PyObject *linetable;
    PyObject *consts;
    PyObject *names;
    PyObject *localsplusnames;
    PyObject *localspluskinds;
    int argcount;
    int posonlyargcount;
    int kwonlyargcount;
    int stacksize;
    PyObject *exceptiontable;
};

extern uint8_t _PyOpcode_Adaptive[256];
extern Py_ssize_t _Py_QuickenedCount;

void _PyCode_Quicken(PyCodeObject *code);
PyAPI_FUNC(int) _PyCode_Validate(struct _PyCodeConstructor *);
PyAPI_FUNC(PyCodeObject *) _PyCode_New(struct _PyCodeConstructor *);
extern PyObject *_PyCode_GetVarnames(PyCodeObject *);
extern PyObject *_PyCode_GetCellvars(PyCodeObject *);
extern PyObject *_PyCode_GetFreevars(PyCodeObject *);
extern PyObject *_PyCode_GetCode(PyCodeObject *);
extern int _PyCode_InitAddressRange(PyCodeObject *co, PyCodeAddressRange *bounds);
extern void _PyLineTable_InitAddressRange(const char *linetable, Py_ssize_t length, int firstlineno,
    PyCodeAddressRange *range);
extern int _PyLineTable_NextAddressRange(PyCodeAddressRange *range);
extern int _PyLineTable_PreviousAddressRange(PyCodeAddressRange *range);
extern int _Py_Specialize_LoadAttr(PyObject *owner, _Py_CODEUNIT *instr, PyObject *name);
extern int _Py_Specialize_StoreAttr(PyObject *owner, _Py_CODEUNIT *instr, PyObject *name);
extern int _Py_Specialize_LoadGlobal(PyObject *globals, PyObject *builtins, _Py_CODEUNIT *instr,
    PyObject *name);
extern int _Py_Specialize_LoadMethod(PyObject *owner, _Py_CODEUNIT *instr, PyObject *name);
extern int _Py_Specialize_BinarySubscr(PyObject *sub, PyObject *container, _Py_CODEUNIT *instr);
extern int _Py_Specialize_StoreSubscr(PyObject *container, PyObject *sub, _Py_CODEUNIT *instr);
extern int _Py_Specialize_Call(PyObject *callable, _Py_CODEUNIT *instr, int nargs,
    PyObject *kwnames);
extern int _Py_Specialize_Precall(PyObject *callable, _Py_CODEUNIT *instr, int nargs,
    PyObject *kwnames, int oparg);
extern void _Py_Specialize_BinaryOp(PyObject *lhs, PyObject *rhs, _Py_CODEUNIT *instr, int oparg,
    PyObject **locals);
extern void _Py_Specialize_CompareOp(PyObject *lhs, PyObject *rhs, _Py_CODEUNIT *instr, int oparg);
extern void _Py_Specialize_UnpackSequence(PyObject *seq, _Py_CODEUNIT *instr, int oparg);
extern void _PyStaticCode_Dealloc(PyCodeObject *co);
extern int _PyStaticCode_InternStrings(PyCodeObject *co);
extern int _PyCode_CreateLineArray(PyCodeObject *co);

#define CACHE_ENTRIES(cache) (sizeof(cache) / sizeof(_Py_CODEUNIT))

/* Counts towards quickening; done when the counter passes 0. */
static inline void
_PyCode_Warmup(PyCodeObject *code)
{
    if (code->co_warmup != 0 && ++code->co_warmup == 0)
        _PyCode_Quicken(code);
}

static inline _PyLocals_Kind
_PyLocals_GetKind(PyObject *kinds, int index)
{
    assert(index >= 0 && index < PyBytes_GET_SIZE(kinds));
    return (_PyLocals_Kind)PyBytes_AS_STRING(kinds)[index];
}

static inline void
_PyLocals_SetKind(PyObject *kinds, int index, _PyLocals_Kind kind)
{
    assert(index >= 0 && index < PyBytes_GET_SIZE(kinds));
    PyBytes_AS_STRING(kinds)[index] = (char)kind;
}

/* Statistics of a build that counts; this one does not. */
#define STAT_INC(opcode, name) ((void)0)
#define STAT_DEC(opcode, name) ((void)0)
#define OPCODE_EXE_INC(opcode) ((void)0)
#define CALL_STAT_INC(name) ((void)0)
#define OBJECT_STAT_INC(name) ((void)0)
#define OBJECT_STAT_INC_COND(name, condition) ((void)0)

/* Cache entries wider than a code unit; they are not aligned. */
static inline void
write_u32(uint16_t *place, uint32_t value)
{
    memcpy(place, &value, sizeof(value));
}

static inline void
write_u64(uint16_t *place, uint64_t value)
{
    memcpy(place, &value, sizeof(value));
}

static inline void
write_obj(uint16_t *place, PyObject *object)
{
    memcpy(place, &object, sizeof(object));
}

static inline uint32_t
read_u32(uint16_t *place)
{
    uint32_t value;
    memcpy(&value, place, sizeof(value));
    return value;
}

static inline uint64_t
read_u64(uint16_t *place)
{
    uint64_t value;
    memcpy(&value, place, sizeof(value));
    return value;
}

static inline PyObject *
read_obj(uint16_t *place)
{
    PyObject *object;
    memcpy(&object, place, sizeof(object));
    return object;
}

/* The exception table's numbers: six bits a byte, most significant first, bit 6 says more. */
static inline unsigned char *
parse_varint(unsigned char *place, int *result)
{
    int value = *place & 0x3f;
    while ((*place++ & 0x40) != 0)
        value = value << 6 | (*place & 0x3f);
    *result = value;
    return place;
}

/* The line table's: least significant first. Bytes written. */
static inline int
write_varint(uint8_t *place, unsigned int value)
{
    uint8_t *end = place;
    for (; value > 0x3f; value >>= 6)
        *end++ = (uint8_t)(0x40 | (value & 0x3f));
    *end++ = (uint8_t)value;
    return (int)(end - place);
}

static inline int
write_signed_varint(uint8_t *place, int value)
{
    unsigned int magnitude = value < 0 ? 0u - (unsigned int)value : (unsigned int)value;
    return write_varint(place, magnitude << 1 | (value < 0));
}

static inline int
write_location_entry_start(uint8_t *place, int kind, int length)
{
    assert(kind >= 0 && kind < 16);
    *place = (uint8_t)(0x80 | kind << 3 | (length - 1));
    return 1;
}

/* Adaptive counters: a count above the number of bits it starts from next time. */
static inline uint16_t
adaptive_counter_bits(int value, int backoff)
{
    int mask = (1 << ADAPTIVE_BACKOFF_BITS) - 1;
    return (uint16_t)(value << ADAPTIVE_BACKOFF_BITS | (backoff & mask));
}

static inline uint16_t
adaptive_counter_start(void)
{
    return adaptive_counter_bits((1 << ADAPTIVE_BACKOFF_START) - 1, ADAPTIVE_BACKOFF_START);
}

static inline uint16_t
adaptive_counter_backoff(uint16_t counter)
{
    int next = (counter & ((1 << ADAPTIVE_BACKOFF_BITS) - 1)) + 1;
    next = Py_MIN(next, MAX_BACKOFF_VALUE);
    return adaptive_counter_bits((1 << next) - 1, next);
}

/* Line numbers by instruction, while somebody traces. */
static inline int
_PyCode_InitLineArray(PyCodeObject *code)
{
    return code->_co_linearray == NULL ? _PyCode_CreateLineArray(code) : 0;
}

static inline int
_PyCode_LineNumberFromArray(PyCodeObject *code, int index)
{
    const void *lines = code->_co_linearray;
    assert(lines != NULL && index >= 0 && index < Py_SIZE(code));
    return code->_co_linearray_entry_size == 2 ? ((const int16_t *)lines)[index]
                                               : ((const int32_t *)lines)[index];
}

#ifdef __cplusplus
}
#endif

#endif
