import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import ts from 'typescript';
import { ROOT } from '../support/aurion-process';

describe('docs/client.md', () => {
  it('shows code that compiles against the client', () => {
    const text = readFileSync(join(ROOT, 'docs', 'client.md'), 'utf8');
    const blocks = [...text.matchAll(/```ts\n(.*?)```/gs)].map(([, code = '']) => code);
    assert.equal(blocks.length, 4);
    const file = join(ROOT, 'client', 'of-the-docs.ts');
    const options: ts.CompilerOptions = {
      strict: true,
      noEmit: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      skipLibCheck: true,
      types: [],
      target: ts.ScriptTarget.ES2022,
      lib: ['lib.es2022.d.ts', 'lib.dom.d.ts'],
      module: ts.ModuleKind.ES2022,
      moduleResolution: ts.ModuleResolutionKind.Bundler,
      paths: { 'node-red-contrib-aurion/client': [join(ROOT, 'client', 'index.ts')] },
    };
    const code = blocks.join('\n');
    const disk = ts.createCompilerHost(options);
    const host: ts.CompilerHost = {
      ...disk,
      fileExists: (name) => name === file || disk.fileExists(name),
      readFile: (name) => (name === file ? code : disk.readFile(name)),
      getSourceFile: (name, version, ...rest) =>
        name === file
          ? ts.createSourceFile(name, code, version)
          : disk.getSourceFile(name, version, ...rest),
    };
    const problems = ts.getPreEmitDiagnostics(ts.createProgram([file], options, host));
    assert.equal(
      ts.formatDiagnostics(problems, {
        getCanonicalFileName: (name) => name,
        getCurrentDirectory: () => ROOT,
        getNewLine: () => '\n',
      }),
      '',
    );
  });
});
