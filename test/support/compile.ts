import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { ModuleKind, ScriptTarget, transpileModule } from 'typescript';

const ROOT = join(__dirname, '../..');

/**
 * Compiles a module of this project and all it imports into a folder, so that processes that run it
 * start without a compiler. Gives the path of the compiled module.
 */
export function compileInto(folder: string, entry: string): string {
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  const done = new Set<string>();
  const compile = (source: string): string => {
    const target = join(folder, relative(ROOT, source)).replace(/\.ts$/, '.js');
    if (done.has(source)) return target;
    done.add(source);
    const { outputText } = transpileModule(readFileSync(source, 'utf8'), {
      compilerOptions: {
        module: ModuleKind.CommonJS,
        target: ScriptTarget.ES2023,
        esModuleInterop: true,
      },
    });
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, outputText);
    for (const [, path = ''] of outputText.matchAll(/require\("(\.[^"]+)"\)/g)) {
      const imported = join(dirname(source), path);
      compile(existsSync(`${imported}.ts`) ? `${imported}.ts` : join(imported, 'index.ts'));
    }
    return target;
  };
  return compile(entry);
}
