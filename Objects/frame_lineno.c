/* SPDX-License-Identifier: MIT */
/* Moving a traced frame to another line.
 *
 * Before a jump the kinds of values on the stack at every instruction are computed by following the
 * code. Where the target's stack is what remains of the current one after dropping some values,
 * and the kinds agree, the jump is allowed. A stack of kinds is a number: three bits a value, the
 * top lowest, so that 0 is an empty stack and a comparison of two numbers compares heights. */
#include "Python.h"

#include "opcode.h"
#include "pycore_code.h"
#include "pycore_compile.h"
#include "pycore_frame.h"
#include "pycore_opcode.h"
#include "pycore_pystate.h"

#include "ks_frame.h"

typedef enum Kind {
    KIND_ITERATOR = 1,
    KIND_EXCEPT = 2,
    KIND_OBJECT = 3,
    KIND_NULL = 4,
    KIND_LASTI = 5,
} Kind;

#define KIND_BITS 3
#define MAX_HEIGHT (63 / KIND_BITS)
#define STACK_EMPTY ((int64_t)0)
#define STACK_OVERFLOW ((int64_t)-1)  /* more values than fit */
#define STACK_UNKNOWN ((int64_t)-2)   /* not reached */

static int64_t
stack_push(int64_t stack, Kind kind)
{
    if (stack < 0)
        return stack;
    if ((uint64_t)stack >= (uint64_t)1 << (MAX_HEIGHT - 1) * KIND_BITS)
        return STACK_OVERFLOW;
    return stack << KIND_BITS | kind;
}

static int64_t
stack_pop(int64_t stack)
{
    return stack < 0 ? stack : stack >> KIND_BITS;
}

static Kind
stack_top(int64_t stack)
{
    return stack & ((1 << KIND_BITS) - 1);
}

static Kind
stack_peek(int64_t stack, int n)
{
    return (stack >> KIND_BITS * (n - 1)) & ((1 << KIND_BITS) - 1);
}

static int
stack_height(int64_t stack)
{
    int height = 0;
    for (; stack > 0; stack >>= KIND_BITS)
        height++;
    return height;
}

static int
kinds_agree(Kind from, Kind to)
{
    if (to == 0)
        return 0;
    if (to == KIND_OBJECT)
        return from != KIND_NULL;
    if (to == KIND_NULL)
        return 1;
    return from == to;
}

static int
stacks_agree(int64_t from, int64_t to)
{
    if (from < 0 || to < 0)
        return 0;
    while (from > to)
        from = stack_pop(from);
    for (; from != 0; from = stack_pop(from), to = stack_pop(to)) {
        if (!kinds_agree(stack_top(from), stack_top(to)))
            return 0;
    }
    return to == 0;
}

static const char *
stack_objection(int64_t to)
{
    if (to == STACK_OVERFLOW)
        return "stack is too deep to analyze";
    if (to == STACK_UNKNOWN)
        return "can't jump into an exception handler, or code may be unreachable";
    switch (stack_top(to)) {
    case KIND_EXCEPT: return "can't jump into an 'except' block as there's no exception";
    case KIND_LASTI: return "can't jump into a re-raising block as there's no location";
    case KIND_ITERATOR: return "can't jump into the body of a for loop";
    default: return "incompatible stacks";
    }
}

/* Records what stands at target; 1 if that is news. */
static int
stack_note(int64_t *stacks, Py_ssize_t length, Py_ssize_t target, int64_t stack)
{
    if (target < 0 || target >= length || stacks[target] != STACK_UNKNOWN)
        return 0;
    stacks[target] = stack;
    return 1;
}

/* The effect of an instruction that has no jump: the stack after it. */
static int64_t
stack_after(int64_t stack, int opcode, int oparg)
{
    switch (opcode) {
    case GET_ITER:
    case GET_AITER:
        return stack_push(stack_pop(stack), KIND_ITERATOR);
    case END_ASYNC_FOR:
        return stack_pop(stack_pop(stack));
    case PUSH_EXC_INFO:
        return stack_push(stack, KIND_EXCEPT);
    case POP_EXCEPT:
        return stack_pop(stack);
    case PUSH_NULL:
        return stack_push(stack, KIND_NULL);
    case LOAD_GLOBAL:
        if (oparg & 1)
            stack = stack_push(stack, KIND_NULL);
        return stack_push(stack, KIND_OBJECT);
    case LOAD_METHOD:
        return stack_push(stack_push(stack_pop(stack), KIND_NULL), KIND_OBJECT);
    case COPY:
        return stack < 0 ? stack : stack_push(stack, stack_peek(stack, oparg));
    case SWAP: {
        if (stack < 0)
            return stack;
        int64_t top = stack_top(stack), deep = stack_peek(stack, oparg);
        int64_t mask = (1 << KIND_BITS) - 1;
        int shift = KIND_BITS * (oparg - 1);
        stack &= ~(mask << shift);
        stack |= top << shift;
        return (stack & ~mask) | deep;
    }
    case CACHE:
    case RESUME:
    case NOP:
    case EXTENDED_ARG:
        return stack;
    default: {
        int effect = PyCompile_OpcodeStackEffect(opcode, opcode >= HAVE_ARGUMENT ? oparg : 0);
        for (; effect < 0; effect++)
            stack = stack_pop(stack);
        for (; effect > 0; effect--)
            stack = stack_push(stack, KIND_OBJECT);
        return stack;
    }
    }
}

/* One pass over the instructions; 1 if anything new was found. */
static int
stacks_follow_code(int64_t *stacks, Py_ssize_t length, const _Py_CODEUNIT *units)
{
    int news = 0, oparg = 0;
    for (Py_ssize_t i = 0; i < length; i++) {
        int64_t stack = stacks[i];
        int opcode = _PyOpcode_Deopt[_Py_OPCODE(units[i])];
        oparg = oparg << 8 | _Py_OPARG(units[i]);
        int caches = _PyOpcode_Caches[opcode], falls = 1;
        Py_ssize_t next = i + 1 + caches;
        if (opcode == EXTENDED_ARG) {
            news |= stack == STACK_UNKNOWN ? 0 : stack_note(stacks, length, next, stack);
            continue;
        }
        int argument = oparg;
        oparg = 0;
        if (stack == STACK_UNKNOWN) {
            i += caches;
            continue;
        }
        switch (opcode) {
        case JUMP_IF_FALSE_OR_POP:
        case JUMP_IF_TRUE_OR_POP:
            news |= stack_note(stacks, length, next + argument, stack);
            stack = stack_pop(stack);
            break;
        case POP_JUMP_FORWARD_IF_FALSE:
        case POP_JUMP_FORWARD_IF_TRUE:
        case POP_JUMP_FORWARD_IF_NONE:
        case POP_JUMP_FORWARD_IF_NOT_NONE:
            stack = stack_pop(stack);
            news |= stack_note(stacks, length, next + argument, stack);
            break;
        case POP_JUMP_BACKWARD_IF_FALSE:
        case POP_JUMP_BACKWARD_IF_TRUE:
        case POP_JUMP_BACKWARD_IF_NONE:
        case POP_JUMP_BACKWARD_IF_NOT_NONE:
            stack = stack_pop(stack);
            news |= stack_note(stacks, length, next - argument, stack);
            break;
        case SEND:
            news |= stack_note(stacks, length, next + argument,
                               stack_push(stack_pop(stack_pop(stack)), KIND_OBJECT));
            break;
        case JUMP_FORWARD:
            news |= stack_note(stacks, length, next + argument, stack);
            falls = 0;
            break;
        case JUMP_BACKWARD:
        case JUMP_BACKWARD_NO_INTERRUPT:
            news |= stack_note(stacks, length, next - argument, stack);
            falls = 0;
            break;
        case FOR_ITER:
            news |= stack_note(stacks, length, next + argument, stack_pop(stack));
            stack = stack_push(stack, KIND_OBJECT);
            break;
        case RETURN_VALUE:
        case RAISE_VARARGS:
        case RERAISE:
            falls = 0;
            break;
        default:
            stack = stack_after(stack, opcode, argument);
        }
        if (falls)
            news |= stack_note(stacks, length, next, stack);
        i += caches;
    }
    return news;
}

/* Handlers of code that is reached; 1 if anything new was found. */
static int
stacks_follow_handlers(int64_t *stacks, Py_ssize_t length, PyObject *table)
{
    int news = 0;
    unsigned char *at = (unsigned char *)PyBytes_AS_STRING(table);
    unsigned char *end = at + PyBytes_GET_SIZE(table);
    while (at < end) {
        int first, size, handler, depth_lasti;
        at = parse_varint(at, &first);
        at = parse_varint(at, &size);
        at = parse_varint(at, &handler);
        at = parse_varint(at, &depth_lasti);
        if (first >= length || handler >= length || stacks[first] == STACK_UNKNOWN)
            continue;
        int64_t stack = stacks[first];
        for (int height = stack_height(stack); height > depth_lasti >> 1; height--)
            stack = stack_pop(stack);
        if (depth_lasti & 1)
            stack = stack_push(stack, KIND_LASTI);
        news |= stack_note(stacks, length, handler, stack_push(stack, KIND_EXCEPT));
    }
    return news;
}

/* The stack before each code unit; freed by the caller. */
static int64_t *
stacks_of(PyCodeObject *code)
{
    Py_ssize_t length = Py_SIZE(code);
    KS_OWNED PyObject *plain = PyCode_GetCode(code);
    if (plain == NULL)
        return NULL;
    int64_t *stacks = PyMem_New(int64_t, (size_t)length + 1);
    if (stacks == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    for (Py_ssize_t i = 0; i <= length; i++)
        stacks[i] = STACK_UNKNOWN;
    stacks[0] = STACK_EMPTY;
    if (code->co_flags & (CO_GENERATOR | CO_COROUTINE | CO_ASYNC_GENERATOR))
        stacks[0] = stack_push(stacks[0], KIND_OBJECT);
    const _Py_CODEUNIT *units = (const _Py_CODEUNIT *)PyBytes_AS_STRING(plain);
    int news = 1;
    while (news) {
        news = stacks_follow_code(stacks, length, units);
        news |= stacks_follow_handlers(stacks, length, code->co_exceptiontable);
    }
    return stacks;
}

/* The line that begins at each code unit, -1 where none does; freed by the caller. The middle of a
 * line is no place to jump to, so an entry for the line of the one before begins none. */
static int *
lines_of(PyCodeObject *code)
{
    PyCodeAddressRange range;
    Py_ssize_t length = Py_SIZE(code);
    int *lines = PyMem_New(int, (size_t)length);
    if (lines == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    for (Py_ssize_t i = 0; i < length; i++)
        lines[i] = -1;
    _PyCode_InitAddressRange(code, &range);
    int previous = -1;
    while (_PyLineTable_NextAddressRange(&range)) {
        Py_ssize_t at = range.ar_start / (int)sizeof(_Py_CODEUNIT);
        if (at >= length || range.ar_line == previous || range.ar_line == -1)
            continue;
        lines[at] = previous = range.ar_line;
    }
    return lines;
}

static PyFrameState
frame_state(PyFrameObject *f)
{
    _PyInterpreterFrame *frame = f->f_frame;
    if (frame->owner == FRAME_OWNED_BY_GENERATOR)
        return _PyFrame_GetGenerator(frame)->gi_frame_state;
    if (frame->owner == FRAME_OWNED_BY_FRAME_OBJECT)
        return frame->stacktop == 0 ? FRAME_CLEARED : FRAME_COMPLETED;
    return FRAME_EXECUTING;
}

static int
lineno_refuse(const char *why)
{
    PyErr_SetString(PyExc_ValueError, why);
    return -1;
}

/* Whether the moment allows a jump. */
static int
lineno_check_event(PyFrameObject *f, PyFrameState state)
{
    switch (_PyThreadState_GET()->tracing_what) {
    case PyTrace_LINE: break;
    case PyTrace_CALL: return lineno_refuse("can't jump from the 'call' trace event of a new frame");
    case PyTrace_RETURN:
        if (state == FRAME_SUSPENDED)
            break;
        /* fall through */
    default: return lineno_refuse("can only jump from a 'line' trace event");
    }
    if (f->f_trace == NULL)
        return lineno_refuse("f_lineno can only be set by a trace function");
    return 0;
}

/* The target of a jump to line, -1 with ValueError. *kinds is the stack there. */
static Py_ssize_t
lineno_choose(PyCodeObject *code, const int *lines, const int64_t *stacks, int64_t start, int line,
              int64_t *kinds)
{
    Py_ssize_t best = -1;
    const char *why = "cannot find bytecode for specified line";
    *kinds = STACK_OVERFLOW;
    for (Py_ssize_t i = 0; i < Py_SIZE(code); i++) {
        if (lines[i] != line)
            continue;
        int64_t there = stacks[i];
        if (stacks_agree(start, there)) {
            if (there > *kinds) {
                *kinds = there;
                best = i;
            }
        }
        else if (best < 0) {
            if (start == STACK_OVERFLOW)
                why = "stack to deep to analyze";
            else if (start == STACK_UNKNOWN)
                why = "can't jump from unreachable code";
            else
                why = stack_objection(there);
        }
    }
    if (best < 0)
        PyErr_SetString(PyExc_ValueError, why);
    return best;
}

int
ks_frame_set_lineno(PyFrameObject *f, PyObject *value, void *closure)
{
    if (value == NULL) {
        PyErr_SetString(PyExc_AttributeError, "cannot delete attribute");
        return -1;
    }
    if (!PyLong_CheckExact(value))
        return lineno_refuse("lineno must be an integer");
    PyCodeObject *code = f->f_frame->f_code;
    PyFrameState state = frame_state(f);
    if (lineno_check_event(f, state) < 0)
        return -1;
    int overflow;
    long requested = PyLong_AsLongAndOverflow(value, &overflow);
    if (overflow || requested > INT_MAX || requested < INT_MIN)
        return lineno_refuse("lineno out of range");
    if (requested < code->co_firstlineno) {
        PyErr_Format(PyExc_ValueError, "line %d comes before the current code block",
                     (int)requested);
        return -1;
    }
    int *lines = lines_of(code);
    int64_t *stacks = lines == NULL ? NULL : stacks_of(code);
    int result = -1;
    if (stacks == NULL)
        goto done;
    int line = INT_MAX;
    for (Py_ssize_t i = 0; i < Py_SIZE(code); i++) {
        if (lines[i] >= requested && lines[i] < line)
            line = lines[i];
    }
    if (line == INT_MAX) {
        PyErr_Format(PyExc_ValueError, "line %d comes after the current code block",
                     (int)requested);
        goto done;
    }
    int64_t there, start = stacks[_PyInterpreterFrame_LASTI(f->f_frame)];
    Py_ssize_t target = lineno_choose(code, lines, stacks, start, line, &there);
    if (target < 0)
        goto done;
    if (state == FRAME_SUSPENDED)
        start = stack_pop(start); /* the yielded value is gone */
    for (; start > there; start = stack_pop(start)) {
        PyObject *dropped = _PyFrame_StackPop(f->f_frame);
        if (stack_top(start) == KIND_EXCEPT) {
            /* Leaving a handler: what was handled before is handled again. */
            _PyErr_StackItem *handled = _PyThreadState_GET()->exc_info;
            PyObject *old = handled->exc_value;
            handled->exc_value = dropped;
            dropped = old;
        }
        Py_XDECREF(dropped);
    }
    f->f_lineno = 0;
    f->f_frame->prev_instr = _PyCode_CODE(code) + target;
    result = 0;
done:
    PyMem_Free(stacks);
    PyMem_Free(lines);
    return result;
}
