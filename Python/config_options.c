/* SPDX-License-Identifier: MIT */
/* The command line: options, their meaning, and the help texts. */
#include "Python.h"
#include "pycore_getopt.h"
#include "pycore_initconfig.h"
#include "pycore_pylifecycle.h"
#include "ks_base.h"
#include "ks_config.h"

/* ---- the scanner ---- */

int _PyOS_opterr = 1;
Py_ssize_t _PyOS_optind = 1;
const wchar_t *_PyOS_optarg = NULL;
static const wchar_t *option_cursor = L""; /* the rest of a group of single letters */

#define SHORT_OPTIONS L"+bBc:dEhiIJm:OPqRsStuvVW:xX:?"

static const _PyOS_LongOption long_options[] = {
    {L"check-hash-based-pycs", 1, 0}, {L"help-all", 0, 1},       {L"help-env", 0, 2},
    {L"help-xoptions", 0, 3},         {NULL, 0, -1},
};

void
_PyOS_ResetGetOpt(void)
{
    _PyOS_opterr = 1;
    _PyOS_optind = 1;
    _PyOS_optarg = NULL;
    option_cursor = L"";
}

static int
scan_long(Py_ssize_t argc, wchar_t *const *argv, int *index)
{
    const wchar_t *name = option_cursor + 1;
    option_cursor = L"";
    if (name[0] == L'\0') {
        if (_PyOS_opterr)
            fprintf(stderr, "expected long option\n");
        return -1;
    }
    for (*index = 0; long_options[*index].name != NULL; (*index)++) {
        const _PyOS_LongOption *option = &long_options[*index];
        if (wcscmp(option->name, name) != 0)
            continue;
        if (!option->has_arg)
            return option->val;
        if (_PyOS_optind >= argc) {
            if (_PyOS_opterr)
                fprintf(stderr, "Argument expected for the %ls options\n", argv[_PyOS_optind - 1]);
            return '_';
        }
        _PyOS_optarg = argv[_PyOS_optind++];
        return option->val;
    }
    if (_PyOS_opterr)
        fprintf(stderr, "unknown option %ls\n", argv[_PyOS_optind - 1]);
    return '_';
}

/* The next option's letter (or a long option's number, its row in *longindex), '_' after a
 * complaint, -1 where the options end. */
int
_PyOS_GetOpt(Py_ssize_t argc, wchar_t *const *argv, int *longindex)
{
    if (*option_cursor == L'\0') {
        if (_PyOS_optind >= argc || argv[_PyOS_optind][0] != L'-' || argv[_PyOS_optind][1] == L'\0')
            return -1;
        const wchar_t *word = argv[_PyOS_optind++];
        if (wcscmp(word, L"--") == 0)
            return -1;
        if (wcscmp(word, L"--help") == 0)
            return 'h';
        if (wcscmp(word, L"--version") == 0)
            return 'V';
        option_cursor = word + 1;
    }
    wchar_t letter = *option_cursor++;
    if (letter == L'-')
        return (option_cursor--, scan_long(argc, argv, longindex));
    if (letter == L'J') {
        if (_PyOS_opterr)
            fprintf(stderr, "-J is reserved for Jython\n");
        return '_';
    }
    const wchar_t *known = letter == L':' || letter == L'+' ? NULL : wcschr(SHORT_OPTIONS, letter);
    if (known == NULL) {
        if (_PyOS_opterr)
            fprintf(stderr, "Unknown option: -%c\n", (char)letter);
        return '_';
    }
    if (known[1] == L':') {
        if (*option_cursor != L'\0') {
            _PyOS_optarg = option_cursor;
            option_cursor = L"";
        } else if (_PyOS_optind < argc) {
            _PyOS_optarg = argv[_PyOS_optind++];
        } else {
            if (_PyOS_opterr)
                fprintf(stderr, "Argument expected for the -%c option\n", (char)letter);
            return '_';
        }
    }
    return (int)letter;
}

/* ---- help ---- */

static const char usage_line[] =
    "usage: %ls [option] ... [-c cmd | -m mod | file | -] [arg] ...\n";

static const char usage_options[] =
    "Options (and the environment variables that do the same):\n"
    "-b     : warn when bytes or bytearray are turned into text by str(), or compared\n"
    "         with str; twice: raise an error\n"
    "-B     : write no .pyc files; also PYTHONDONTWRITEBYTECODE=x\n"
    "-c cmd : run cmd; everything after it is an argument of the program\n"
    "-d     : parser debugging output (debug builds only); also PYTHONDEBUG=x\n"
    "-E     : ignore the PYTHON* environment variables\n"
    "-h     : show this text and exit (also -? or --help)\n"
    "-i     : become interactive after the script, with a prompt even if stdin is no\n"
    "         terminal; also PYTHONINSPECT=x\n"
    "-I     : isolated from the user's environment (includes -E, -P and -s)\n"
    "-m mod : run a library module as a script; ends the options\n"
    "-O     : drop assert statements and __debug__ blocks, .opt-1 before .pyc;\n"
    "         also PYTHONOPTIMIZE=x\n"
    "-OO    : as -O, and drop docstrings, .opt-2 before .pyc\n"
    "-P     : do not put a possibly unsafe path first on sys.path; also PYTHONSAFEPATH\n"
    "-q     : no version and copyright lines when interactive\n"
    "-s     : leave the user's site directory off sys.path; also PYTHONNOUSERSITE\n"
    "-S     : do not import site at start-up\n"
    "-u     : unbuffered stdout and stderr, stdin is not affected;\n"
    "         also PYTHONUNBUFFERED=x\n"
    "-v     : trace imports, more often for more; also PYTHONVERBOSE=x\n"
    "-V     : show the version and exit (also --version), twice: about the build too\n"
    "-W arg : control warnings, arg is action:message:category:module:lineno;\n"
    "         also PYTHONWARNINGS=arg\n"
    "-x     : skip the source's first line\n"
    "-X opt : set an option of this implementation\n"
    "--check-hash-based-pycs always|default|never:\n"
    "         how hash-based .pyc files are checked against their source\n"
    "--help-env      : show the environment variables and exit\n"
    "--help-xoptions : show the -X options and exit\n"
    "--help-all      : show all of this and exit\n"
    "Arguments:\n"
    "file   : read the program from this file\n"
    "-      : read it from stdin (the default; interactive on a terminal)\n"
    "arg ...: what the program finds in sys.argv[1:]\n";

static const char usage_environment[] =
    "Environment variables that change behavior:\n"
    "PYTHONSTARTUP: a file to execute before the first prompt\n"
    "PYTHONPATH   : ':'-separated directories that come first on sys.path\n"
    "PYTHONSAFEPATH: do not put a possibly unsafe path first on sys.path\n"
    "PYTHONHOME   : another <prefix> directory (or <prefix>:<exec_prefix>), under which\n"
    "               <prefix>/lib/pythonX.X is the standard library\n"
    "PYTHONPLATLIBDIR : another sys.platlibdir\n"
    "PYTHONCASEOK : ignore case in import statements (Windows)\n"
    "PYTHONUTF8: 1 for UTF-8 mode\n"
    "PYTHONIOENCODING: encoding[:errors] of stdin, stdout and stderr\n"
    "PYTHONFAULTHANDLER: dump Python's traceback on fatal errors\n"
    "PYTHONHASHSEED: 'random', or a number in [0,4294967295] that makes the hashes of\n"
    "   str and bytes predictable\n"
    "PYTHONINTMAXSTRDIGITS: most digits in conversions between int and str, 0 for no\n"
    "   limit; bases 2, 4, 8, 16 and 32 have none\n"
    "PYTHONMALLOC: memory allocators and their debug hooks ('debug' for the hooks)\n"
    "PYTHONCOERCECLOCALE: 0 leaves the C locale alone, 'warn' tells on stderr\n"
    "PYTHONBREAKPOINT: 0 switches breakpoint() off, otherwise the function it calls\n"
    "PYTHONDEVMODE: development mode\n"
    "PYTHONPYCACHEPREFIX: root of a separate tree for .pyc files\n"
    "PYTHONWARNDEFAULTENCODING: EncodingWarning for 'encoding=None'\n"
    "PYTHONNODEBUGRANGES: no end positions and columns in code objects\n"
    "These have a command-line option that does the same (see --help):\n"
    "PYTHONDEBUG             : -d\n"
    "PYTHONDONTWRITEBYTECODE : -B\n"
    "PYTHONINSPECT           : -i\n"
    "PYTHONINTMAXSTRDIGITS   : -X int_max_str_digits=number\n"
    "PYTHONNOUSERSITE        : -s\n"
    "PYTHONOPTIMIZE          : -O\n"
    "PYTHONUNBUFFERED        : -u\n"
    "PYTHONVERBOSE           : -v\n"
    "PYTHONWARNINGS=arg      : -W arg\n";

static const char usage_xoptions[] =
    "The following implementation-specific options are available:\n"
    "\n"
    "-X faulthandler: dump Python's traceback on fatal errors\n"
    "\n"
    "-X showrefcount: show reference and memory block counts (debug builds only)\n"
    "\n"
    "-X tracemalloc: trace memory allocations, remembering one frame each, or as many\n"
    "    as -X tracemalloc=NFRAME says\n"
    "\n"
    "-X importtime: show how long each import takes, itself and with what it imports\n"
    "\n"
    "-X dev: development mode: more warnings and checks, allocator debug hooks,\n"
    "    faulthandler, asyncio debug mode, sys.flags.dev_mode\n"
    "\n"
    "-X utf8: UTF-8 for all interfaces of the system, whatever the locale;\n"
    "    -X utf8=0 switches it off where it would come by itself\n"
    "\n"
    "-X pycache_prefix=PATH: write .pyc files to a separate tree rooted there\n"
    "\n"
    "-X warn_default_encoding: EncodingWarning for 'encoding=None'\n"
    "\n"
    "-X no_debug_ranges: no end positions and columns in code objects: smaller .pyc\n"
    "    files, no markers in tracebacks\n"
    "\n"
    "-X frozen_modules=[on|off]: whether modules built into the program are used\n"
    "\n"
    "-X int_max_str_digits=number: limit conversions between int and str,\n"
    "    0 for no limit\n";

static PyStatus
usage_error(const wchar_t *program)
{
    fprintf(stderr, usage_line, program);
    fprintf(stderr, "Try `python -h' for more information.\n");
    return _PyStatus_EXIT(2);
}

static PyStatus
usage_help(const wchar_t *program, int options, int environment, int xoptions)
{
    if (options)
        printf(usage_line, program), fputs(usage_options, stdout);
    if (options && environment)
        putchar('\n');
    if (environment)
        fputs(usage_environment, stdout);
    if (environment && xoptions)
        putchar('\n');
    if (xoptions)
        fputs(usage_xoptions, stdout);
    return _PyStatus_EXIT(0);
}

/* ---- meaning ---- */

static PyStatus
set_check_hash_mode(PyConfig *config, const wchar_t *program)
{
    const wchar_t *mode = _PyOS_optarg;
    if (wcscmp(mode, L"always") == 0 || wcscmp(mode, L"never") == 0 || wcscmp(mode, L"default") == 0)
        return PyConfig_SetString(config, &config->check_hash_pycs_mode, mode);
    fprintf(stderr, "--check-hash-based-pycs must be one of 'default', 'always', or 'never'\n");
    return usage_error(program);
}

/* The command of -c ends with a newline, for the tokenizer. */
static PyStatus
set_command(PyConfig *config)
{
    size_t length = wcslen(_PyOS_optarg);
    wchar_t *command = PyMem_RawMalloc((length + 2) * sizeof(wchar_t));
    if (command == NULL)
        return _PyStatus_NO_MEMORY();
    memcpy(command, _PyOS_optarg, length * sizeof(wchar_t));
    command[length] = L'\n';
    command[length + 1] = L'\0';
    PyMem_RawFree(config->run_command);
    config->run_command = command;
    return _PyStatus_OK();
}

PyStatus
ks_config_read_options(PyConfig *config, PyWideStringList *warnoptions, Py_ssize_t *rest)
{
    const PyWideStringList *argv = &config->argv;
    const wchar_t *program = config->program_name;
    if (program == NULL && argv->length >= 1)
        program = argv->items[0];
    int print_version = 0;
    PyStatus status = _PyStatus_OK();
    _PyOS_ResetGetOpt();
    for (int done = 0; !done;) {
        int index = -1;
        int option = _PyOS_GetOpt(argv->length, argv->items, &index);
        switch (option) {
        case -1:
            done = 1;
            break;
        case 'c':
            if (config->run_command == NULL)
                status = set_command(config);
            done = 1;
            break;
        case 'm':
            if (config->run_module == NULL)
                status = PyConfig_SetString(config, &config->run_module, _PyOS_optarg);
            done = 1;
            break;
        case 0:
            status = set_check_hash_mode(config, program);
            break;
        case 1:
            return usage_help(program, 1, 1, 1);
        case 2:
            return usage_help(program, 0, 1, 0);
        case 3:
            return usage_help(program, 0, 0, 1);
        case 'b':
            config->bytes_warning++;
            break;
        case 'd':
            config->parser_debug++;
            break;
        case 'i':
            config->inspect++;
            config->interactive++;
            break;
        case 'E':
        case 'I':
        case 'X':
            break; /* seen by the early scan */
        case 'O':
            config->optimization_level++;
            break;
        case 'P':
            config->safe_path = 1;
            break;
        case 'B':
            config->write_bytecode = 0;
            break;
        case 's':
            config->user_site_directory = 0;
            break;
        case 'S':
            config->site_import = 0;
            break;
        case 't':
            break; /* nothing to switch any more: tabs are always checked */
        case 'R':
            config->use_hash_seed = 0;
            break;
        case 'u':
            config->buffered_stdio = 0;
            break;
        case 'v':
            config->verbose++;
            break;
        case 'x':
            config->skip_source_first_line = 1;
            break;
        case 'h':
        case '?':
            return usage_help(program, 1, 0, 0);
        case 'V':
            print_version++;
            break;
        case 'W':
            status = PyWideStringList_Append(warnoptions, _PyOS_optarg);
            break;
        case 'q':
            config->quiet++;
            break;
        default:
            return usage_error(program);
        }
        if (_PyStatus_EXCEPTION(status))
            return status;
    }
    if (print_version) {
        printf("Python %s\n", print_version >= 2 ? Py_GetVersion() : PY_VERSION);
        return _PyStatus_EXIT(0);
    }
    if (config->run_command == NULL && config->run_module == NULL && _PyOS_optind < argv->length
        && wcscmp(argv->items[_PyOS_optind], L"-") != 0 && config->run_filename == NULL) {
        status = PyConfig_SetString(config, &config->run_filename, argv->items[_PyOS_optind]);
        if (_PyStatus_EXCEPTION(status))
            return status;
    }
    if (config->run_command != NULL || config->run_module != NULL)
        _PyOS_optind--; /* sys.argv[0] is made of the option's own word */
    *rest = _PyOS_optind;
    return status;
}
