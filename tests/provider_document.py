#!/usr/bin/env python3
"""The ways to switch the provider on that docs/provider.md shows, as they stand there, with the module that
was built.
usage: provider_document.py PATH/TO/provider_loading MODULE CC ARGUMENT...

Catches: a configuration in the document with which OpenSSL, or HAProxy, does not take lanekdf's algorithms;
one that fails where the module is missing; a program there that does not build, by CC and these arguments, or
ends with an error."""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

DOCUMENT = pathlib.Path(__file__).parent.parent / 'docs' / 'provider.md'
failures = 0


def block(language, holds):
    """The only block of this language that has a text in it."""
    blocks = [text for text in re.findall(rf'^```{language}\n(.*?)^```$', DOCUMENT.read_text(), re.S | re.M)
              if holds in text]
    if len(blocks) != 1:
        sys.exit(f'FAILED: {len(blocks)} blocks of {language} with {holds} in {DOCUMENT.name}')
    return blocks[0]


def check(what, right):
    global failures
    if not right:
        failures += 1
        print(f'FAILED: {what}')


def service(loading, folder, modules):
    """The configuration of a service, over the system's, with the module and without."""
    path = folder / 'openssl.cnf'
    path.write_text(re.search("<<'END'\n(.*?)^END$", block('sh', '.include'), re.S | re.M)[1])
    for where, server in ((modules, 'lanekdf'), (folder, 'default')):
        process = subprocess.run([loading, str(path), server], text=True, capture_output=True,
                                 env=os.environ | {'OPENSSL_MODULES': str(where)})
        check(f'the configuration serves by {server}: {process.stdout}{process.stderr}',
              process.returncode == 0)


def haproxy(folder, modules):
    """HAProxy takes its configuration, and refuses one whose provider there is not. Status 2: it would have
    nothing to listen to."""
    path = folder / 'haproxy.cfg'
    path.write_text(block('haproxy', 'ssl-provider'))
    for where, status in ((modules, 2), (folder, 1)):
        process = subprocess.run(['haproxy', '-c', '-f', str(path)], text=True, capture_output=True,
                                 env=os.environ | {'OPENSSL_MODULES': str(where)})
        check(f'haproxy -c ends with {process.returncode}: {process.stdout}{process.stderr}',
              process.returncode == status)


def program(folder, compiler, arguments):
    source, target = folder / 'server.c', folder / 'server'
    source.write_text(block('c', 'add_builtin'))
    build = subprocess.run([compiler, source, '-o', target, *arguments], text=True, capture_output=True)
    check(f'the program builds: {build.stderr}', build.returncode == 0)
    if build.returncode == 0:
        status = subprocess.run([target]).returncode
        check(f'the program ends with {status}', status == 0)


def main():
    loading, modules = sys.argv[1], pathlib.Path(sys.argv[2]).parent
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        if pathlib.Path('/etc/ssl/openssl.cnf').exists():
            service(loading, folder, modules)
        else:
            print('left out: there is no /etc/ssl/openssl.cnf here')
        if shutil.which('haproxy'):
            haproxy(folder, modules)
        else:
            print('left out: HAProxy is not installed')
        program(folder, sys.argv[3], sys.argv[4:])
    sys.exit(failures != 0)


if __name__ == '__main__':
    main()
