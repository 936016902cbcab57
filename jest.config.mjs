// Golden files are compared on request: they pin every word and call of whole runs. See CONTRIBUTING.md.
const folders = process.env['GOLDEN'] === undefined ? 'unit,differential,bundle,workflow,faults,fuzz' : 'golden,none';

/** @type {import('jest').Config} */
export default {
  testMatch: [`<rootDir>/__tests__/{${folders}}/**/*.test.ts`],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: { '^.+\\.ts$': ['ts-jest', { useESM: true, diagnostics: false }] },
  // Servers, git and gto are real, and the machine may have two cores.
  testTimeout: 300_000,
  maxWorkers: 2,
  modulePathIgnorePatterns: ['<rootDir>/.tools/', '<rootDir>/dist/'],
};
