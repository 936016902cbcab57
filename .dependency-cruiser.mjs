// The map of src/ that CONTRIBUTING.md draws: each folder imports only from folders below it in this list.
const folders = [
  'cli',
  'commands',
  'run',
  'github',
  'promotion',
  'evidence',
  'report',
  'verdict',
  'registry',
  'log',
  'policy',
  'git',
  'domain',
];

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    { name: 'no-cycle', severity: 'error', from: { path: '^src/' }, to: { circular: true } },
    {
      name: 'nothing-loose',
      comment: 'Only index.ts and main.ts stand in src/ itself.',
      severity: 'error',
      from: { path: '^src/[^/]+$', pathNot: '^src/(index|main)\\.ts$' },
      to: {},
    },
    {
      name: 'on-the-map',
      comment: 'A folder of src/ that the map does not have.',
      severity: 'error',
      from: {},
      to: { path: '^src/[^/]+/', pathNot: `^src/(${folders.join('|')})/` },
    },
    ...folders.map((folder, index) => ({
      name: `${folder}-imports-only-what-is-below`,
      severity: 'error',
      from: { path: `^src/${folder}/` },
      to: {
        path: `^src/(${['index\\.ts', 'main\\.ts', ...folders.slice(0, index).map((each) => `${each}/`)].join('|')})`,
      },
    })),
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
  },
};
