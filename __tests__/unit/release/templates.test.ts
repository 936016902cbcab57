import { describe, expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseDocument } from 'yaml';
import { root } from '../../support/tools.js';

// https://docs.github.com/communities/using-templates-to-encourage-useful-issues-and-pull-requests/syntax-for-githubs-form-schema
const kinds = ['markdown', 'input', 'textarea', 'dropdown', 'checkboxes'];
const attributesOf: Readonly<Record<string, readonly string[]>> = {
  markdown: ['value'],
  input: ['label', 'description', 'placeholder', 'value'],
  textarea: ['label', 'description', 'placeholder', 'value', 'render'],
  dropdown: ['label', 'description', 'multiple', 'options', 'default'],
  checkboxes: ['label', 'description', 'options'],
};

interface Field {
  readonly type: string;
  readonly id?: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly validations?: Readonly<Record<string, unknown>>;
}
interface Form {
  readonly name: string;
  readonly description: string;
  readonly labels?: readonly string[];
  readonly body: readonly Field[];
}

const folder = join(root, '.github/ISSUE_TEMPLATE');
const forms = readdirSync(folder).filter((name) => name !== 'config.yml');

function read(name: string): unknown {
  const document = parseDocument(readFileSync(join(folder, name), 'utf8'), { uniqueKeys: true });
  expect(document.errors).toEqual([]);
  return document.toJS();
}

test('there are forms', () => expect(forms.length).toBeGreaterThanOrEqual(2));

describe.each(forms)('the form %s', (name) => {
  test('has what GitHub asks of a form, and no key that it does not know', () => {
    const { name: title, description, body, labels = [], ...other } = read(name) as Form;
    expect(other).toEqual({});
    expect(title.length).toBeGreaterThan(2);
    expect(description.length).toBeLessThanOrEqual(200);
    expect(labels.every((label) => typeof label === 'string')).toBe(true);
    expect(body.some(({ type }) => type !== 'markdown')).toBe(true);
  });

  test('has fields of the form, each with an id and a label of its own', () => {
    const { body } = read(name) as Form;
    const asked = body.filter(({ type }) => type !== 'markdown');
    for (const { type, id, attributes, validations = {}, ...other } of body) {
      expect(kinds).toContain(type);
      expect(other).toEqual({});
      expect(Object.keys(attributes).filter((key) => attributesOf[type]?.includes(key) !== true)).toEqual([]);
      expect(Object.keys(validations).filter((key) => key !== 'required')).toEqual([]);
      if (type === 'markdown') expect(attributes['value']).toEqual(expect.any(String));
      else expect(id).toMatch(/^[\w-]+$/);
      if (type === 'dropdown') {
        const options = attributes['options'] as readonly string[];
        expect(new Set(options).size).toBe(options.length);
        expect(options).not.toContain('None'); // GitHub's own word for no choice.
      }
    }
    for (const values of [asked.map(({ id }) => id), asked.map(({ attributes }) => attributes['label'])]) {
      expect(values.every((value) => typeof value === 'string' && value !== '')).toBe(true);
      expect(new Set(values).size).toBe(values.length);
    }
  });
});

test('config.yml has the keys that GitHub reads', () => {
  const { contact_links: links, ...other } = read('config.yml') as {
    readonly contact_links: readonly Record<string, string>[];
  };
  expect(other).toEqual({ blank_issues_enabled: false });
  for (const link of links) {
    expect(Object.keys(link).sort()).toEqual(['about', 'name', 'url']);
    expect(new URL(link['url'] ?? '').protocol).toBe('https:');
  }
});

test('the template for pull requests asks what a commit message of this project says', () => {
  const text = readFileSync(join(root, '.github/pull_request_template.md'), 'utf8');
  for (const part of ['failure or need', 'cause', 'change', 'test']) expect(text).toContain(part);
});
