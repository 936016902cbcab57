import { execFile } from 'node:child_process';

/** The standard library of every Python from 3.8 on: `sys.stdlib_module_names`. */
const standard = new Set(
  `abc aifc annotationlib antigravity argparse array ast asynchat asyncio asyncore atexit audioop base64 bdb binascii
  bisect builtins bz2 cProfile calendar cgi cgitb chunk cmath cmd code codecs codeop collections colorsys compileall
  compression concurrent configparser contextlib contextvars copy copyreg crypt csv ctypes curses dataclasses datetime
  dbm decimal difflib dis distutils doctest email encodings ensurepip enum errno faulthandler fcntl filecmp fileinput
  fnmatch formatter fractions ftplib functools gc genericpath getopt getpass gettext glob graphlib grp gzip hashlib heapq
  hmac html http idlelib imaplib imghdr imp importlib inspect io ipaddress itertools json keyword lib2to3 linecache
  locale logging lzma mailbox mailcap marshal math mimetypes mmap modulefinder msilib msvcrt multiprocessing netrc nis
  nntplib nt ntpath nturl2path numbers opcode operator optparse os ossaudiodev parser pathlib pdb pickle pickletools
  pipes pkgutil platform plistlib poplib posix posixpath pprint profile pstats pty pwd py_compile pyclbr pydoc
  pydoc_data pyexpat queue quopri random re readline reprlib resource rlcompleter runpy sched secrets select selectors
  shelve shlex shutil signal site smtpd smtplib sndhdr socket socketserver spwd sqlite3 sre_compile sre_constants
  sre_parse ssl stat statistics string stringprep struct subprocess sunau symbol symtable sys sysconfig syslog tabnanny
  tarfile telnetlib tempfile termios textwrap this threading time timeit tkinter token tokenize tomllib trace traceback
  tracemalloc tty turtle turtledemo types typing unicodedata unittest urllib uu uuid venv warnings wave weakref
  webbrowser winreg winsound wsgiref xdrlib xml xmlrpc zipapp zipfile zipimport zlib zoneinfo`.split(/\s+/),
);

/** What Python imports by itself at its start. */
const atStart = new Set(['sitecustomize', 'usercustomize']);

export function isStandard(name: string): boolean {
  return standard.has(name) || atStart.has(name);
}

/** The modules that a Python source imports, by the first part of their names; relative ones left out. */
export function importsOf(source: string): ReadonlySet<string> {
  const found = new Set<string>();
  const add = (name: string | undefined): void => {
    const [, first] = /^\s*([A-Za-z_]\w*)/.exec(name ?? '') ?? [];
    if (first !== undefined) found.add(first);
  };
  for (const [, names = ''] of source.matchAll(/(?:^|[;:])[^\S\n]*import[^\S\n]+([^\n;#]+)/gm))
    names.split(',').forEach(add);
  for (const [, name] of source.matchAll(/(?:^|[;:])[^\S\n]*from[^\S\n]+([A-Za-z_][\w.]*)/gm)) add(name);
  for (const [, name] of source.matchAll(/(?:__import__|import_module|runpy\.run_module)\(\s*["']([\w.]+)/g)) add(name);
  return found;
}

const finder = `import importlib.util, sys
for name in sys.argv[1:]:
    try:
        spec = importlib.util.find_spec(name)
    except Exception:
        spec = None
    if spec is not None and spec.origin is not None:
        print(name + "\\t" + spec.origin)`;

/**
 * Which of the names the Python that commands find has installed, and where. Empty where there is no Python: what runs in
 * a container of its own cannot be asked.
 * @param folder an empty one: Python looks for modules where it is started
 */
export async function installed(
  names: readonly string[],
  environment: Readonly<Record<string, string>>,
  folder: string,
): Promise<ReadonlyMap<string, string>> {
  if (names.length === 0) return new Map();
  for (const python of ['python', 'python3']) {
    const told = await new Promise<string | undefined>((resolve) => {
      execFile(
        python,
        ['-E', '-c', finder, ...names],
        { cwd: folder, env: { ...environment }, timeout: 20_000 },
        (error, stdout) => resolve(error === null ? stdout : undefined),
      );
    });
    if (told === undefined) continue;
    return new Map(
      told
        .split('\n')
        .filter((line) => line.includes('\t'))
        .map((line) => line.split('\t') as [string, string]),
    );
  }
  return new Map();
}
