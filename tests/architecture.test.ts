import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

interface Import {
  readonly from: string;
  /** A path in the project, or the name of a package. */
  readonly to: string;
  /** Read when the file is: neither a type nor an `import(...)`. */
  readonly eager: boolean;
}

const ROOT = join(import.meta.dirname, '..');
const files = globSync(['functions/**/*.ts', 'shared/**/*.ts', 'infra/**/*.ts'], { cwd: ROOT }).toSorted();
const imports = files.flatMap(readImports);

function readImports(from: string): Import[] {
  const source = ts.createSourceFile(from, readFileSync(join(ROOT, from), 'utf8'), ts.ScriptTarget.Latest, true);
  const found: Import[] = [];
  const add = (specifier: ts.Node | undefined, eager: boolean): void => {
    if (specifier === undefined || !ts.isStringLiteral(specifier)) return;
    const { text } = specifier;
    const to = text.startsWith('.') ? relative(ROOT, join(ROOT, dirname(from), text)) : text;
    found.push({ from, to, eager });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node))
      add(node.moduleSpecifier, node.importClause?.phaseModifier !== ts.SyntaxKind.TypeKeyword);
    if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, !node.isTypeOnly);
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
      add(node.arguments[0], false);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

const isPackage = (to: string): boolean => !/^(functions|shared|infra|tests)\//.test(to) && !to.startsWith('node:');

interface Rule {
  /** Files that it is for: the beginning of their paths. */
  readonly in: string;
  /** What they may import of the project: the beginnings of paths. Their own folder goes without saying. */
  readonly may: readonly string[];
  /** Packages that they may import; `types:` = their types alone. */
  readonly packages: readonly string[];
}

const common = ['shared/errors.ts', 'shared/lib/'];

/** Design: functions -> jobs, api -> domains -> engine <- graph, owa, store. The first rule that fits a file counts. */
const rules: readonly Rule[] = [
  { in: 'shared/app.ts', may: ['shared/'], packages: [] },
  { in: 'shared/errors.ts', may: [], packages: [] },
  { in: 'shared/config', may: common, packages: ['zod'] },
  { in: 'shared/lib/', may: ['shared/errors.ts'], packages: ['zod'] },
  { in: 'shared/telemetry/', may: [...common, 'shared/config.ts'], packages: ['zod'] },
  { in: 'shared/engine/', may: common, packages: ['zod'] },
  {
    in: 'shared/domains/',
    may: [...common, 'shared/engine/'],
    packages: ['zod', 'windows-iana', 'libphonenumber-js/'],
  },
  {
    in: 'shared/graph/',
    may: [...common, 'shared/engine/', 'shared/config'],
    packages: ['zod', '@azure/identity', '@azure/msal-node', '@microsoft/microsoft-graph-client'],
  },
  {
    in: 'shared/owa/',
    may: [...common, 'shared/engine/', 'shared/config.ts'],
    packages: ['zod', 'puppeteer-core', '@sparticuz/chromium'],
  },
  {
    in: 'shared/store/',
    may: [...common, 'shared/engine/', 'shared/config.ts'],
    packages: ['zod', '@azure/'],
  },
  {
    in: 'shared/delivery/',
    may: [...common, 'shared/engine/'],
    packages: ['zod', 'standardwebhooks', 'request-filtering-agent', '@azure/core-rest-pipeline'],
  },
  {
    in: 'shared/jobs/',
    may: [...common, 'shared/engine/', 'shared/domains/', 'shared/config.ts'],
    packages: ['zod'],
  },
  {
    in: 'shared/api/',
    may: [...common, 'shared/engine/', 'shared/domains/', 'shared/jobs/', 'shared/config.ts'],
    packages: ['zod', 'hono', '@hono/zod-openapi', 'marked', 'ical-generator'],
  },
  {
    in: 'functions/',
    may: ['shared/app.ts', 'shared/jobs/', 'shared/api/', 'shared/config.ts', 'shared/lib/log.ts'],
    packages: ['@azure/functions'],
  },
];

const ruleOf = (file: string): Rule | undefined => rules.find((rule) => file.startsWith(rule.in));
const startsWithAny = (text: string, beginnings: readonly string[]): boolean =>
  beginnings.some((beginning) => text === beginning || text.startsWith(beginning));

describe('imports run one way', () => {
  it('covers every file of functions and shared', () => {
    expect(files.filter((file) => !file.startsWith('infra/') && ruleOf(file) === undefined)).toEqual([]);
    expect(imports.length).toBeGreaterThan(200);
  });

  it.each(rules)('$in', (rule) => {
    const own = imports.filter(({ from }) => ruleOf(from) === rule);
    const broken = own.filter(({ to }) => {
      if (to.startsWith('node:')) return false;
      if (isPackage(to)) return !startsWithAny(to, rule.packages);
      return !startsWithAny(to, [rule.in, ...rule.may]);
    });
    expect(broken).toEqual([]);
  });

  it('lets no domain import another', () => {
    const folder = (path: string): string | undefined => /^shared\/domains\/([^/]+)\//.exec(path)?.[1];
    const broken = imports.filter(
      ({ from, to }) => folder(from) !== undefined && folder(to) !== undefined && folder(from) !== folder(to),
    );
    expect(broken).toEqual([]);
  });

  it('keeps the stand-ins free of product code', () => {
    const local = imports.filter(({ from }) => from.startsWith('infra/local/'));
    expect(local.filter(({ to }) => /^(shared|functions)\//.test(to))).toEqual([]);
  });

  it('lets nothing import tests', () => {
    expect(imports.filter(({ to }) => to.startsWith('tests/'))).toEqual([]);
  });

  it('keeps one function from importing another', () => {
    const broken = imports.filter(
      ({ from, to }) =>
        /^functions\/(http|queues|timers)\//.test(from) && /^functions\/(http|queues|timers)\//.test(to),
    );
    expect(broken).toEqual([]);
  });

  it('loads nothing heavy with the functions themselves', () => {
    // What an entry imports by itself is read at every cold start; the rest comes with the first request.
    const reached = new Set<string>();
    const walk = (file: string): void => {
      if (reached.has(file)) return;
      reached.add(file);
      for (const { to } of staticImports(file)) if (to.startsWith('functions/') || to.startsWith('shared/')) walk(to);
    };
    walk('functions/main.ts');
    const packages = [...reached].flatMap((file) => staticImports(file)).filter(({ to }) => isPackage(to));
    expect([...new Set(packages.map(({ to }) => to))].toSorted()).toEqual(['@azure/functions', 'zod']);
    expect([...reached].filter((file) => /^shared\/(store|graph|owa|delivery|domains|app)/.test(file))).toEqual([]);
  });
});

const staticImports = (file: string): Import[] => imports.filter(({ from, eager }) => eager && from === file);

describe('one reader of the environment', () => {
  it('is config.ts', () => {
    const readers = files.filter(
      (file) => /^(functions|shared)\//.test(file) && readFileSync(join(ROOT, file), 'utf8').includes('process.env'),
    );
    expect(readers).toEqual(['shared/config.ts']);
  });
});

describe('names', () => {
  it('has no file called utils or helpers', () => {
    expect(files.filter((file) => /(utils?|helpers?)\.ts$/.test(file))).toEqual([]);
  });

  it('keeps every file readable in one go', () => {
    const lines = (file: string): number =>
      readFileSync(join(ROOT, file), 'utf8')
        .split('\n')
        .filter((line) => !/^\s*($|\/\/|\/\*|\*)/.test(line)).length;
    expect(files.filter((file) => /^(functions|shared)\//.test(file) && lines(file) > 300)).toEqual([]);
  });
});
