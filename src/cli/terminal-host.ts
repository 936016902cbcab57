import type { Report } from '../domain/report.js';
import type { Host, Place } from '../run/host.js';
import { type ExitCode, exitCodeOf } from './exit-code.js';
import type { Terminal } from './terminal.js';

/** Commands whose evidence a user may want to keep. */
const sealed: readonly string[] = ['gate', 'promote', 'apply'];

/** A terminal as the place that a run reports to: lines instead of annotations, and an exit code for each end. */
export class TerminalHost implements Host {
  readonly outputs = new Map<string, string>();
  readonly #state = new Map<string, string>();
  readonly #terminal: Terminal;
  #report: Report | undefined;
  #exitCode: ExitCode = 0;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  get exitCode(): ExitCode {
    return this.#exitCode;
  }

  /** What the run left open when it ended; undefined where it left nothing. */
  get openOperation(): string | undefined {
    const open = this.#state.get('operation') ?? '';
    return open === '' ? undefined : open;
  }

  info(text: string): void {
    this.#terminal.line(text);
  }

  startGroup(title: string): void {
    this.#terminal.line(title);
  }

  endGroup(): void {
    return; // A terminal folds nothing.
  }

  error(message: string, place?: Place): void {
    this.#annotate('error', message, place);
  }

  warning(message: string, place?: Place): void {
    this.#annotate('warning', message, place);
  }

  notice(message: string, place?: Place): void {
    this.#annotate('', message, place);
  }

  setFailed(message: string): void {
    this.#annotate('error', message);
    if (this.#exitCode === 0) this.#exitCode = 4;
  }

  setOutput(name: string, value: string): void {
    this.outputs.set(name, value);
  }

  setSecret(): void {
    return; // What is shown is redacted before it comes here.
  }

  saveState(name: string, value: string): void {
    this.#state.set(name, value);
  }

  keepsState(): boolean {
    return true;
  }

  writeSummary(): Promise<void> {
    return Promise.resolve(); // The lines say the same.
  }

  reported(report: Report, fails: boolean): void {
    this.#exitCode = exitCodeOf(report.decision, fails, report.code);
    if (report.problems.length > 1) for (const { message, at } of report.problems) this.#problem(message, at);
    else if (report.problems[0]?.at !== undefined) this.#terminal.line(`At: ${written(report.problems[0].at)}`);
    // The lines have said the rest.
    this.#report = report;
  }

  /** What is to be typed next, and which files there are. */
  conclude(): void {
    const plan = this.outputs.get('plan') ?? '';
    const evidence = this.outputs.get('evidence') ?? '';
    if (plan !== '') {
      this.#terminal.line(`Plan: ${plan}`);
      this.#terminal.line(
        `Apply it with: apply --plan ${plan} --plan-digest ${this.outputs.get('plan-digest') ?? ''} --yes`,
      );
    }
    if (evidence !== '' && sealed.includes(this.#report?.command ?? '') && (this.#report?.checks.length ?? 0) > 0)
      this.#terminal.line(`Evidence: ${evidence}`);
  }

  #annotate(level: string, message: string, place?: Place): void {
    if (this.#report !== undefined) return;
    const at = place?.file === undefined ? '' : `${place.file}:${place.startLine ?? 1}:${place.startColumn ?? 1} `;
    this.#terminal.line(`${level === '' ? '' : `${level}: `}${at}${message}`);
  }

  #problem(message: string, at: Parameters<typeof written>[0] | undefined): void {
    this.#terminal.line(`- ${at === undefined ? '' : `${written(at)} `}${message}`);
  }
}

function written({
  file,
  line,
  column,
}: {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}): string {
  return `${file}:${line}:${column}`;
}
