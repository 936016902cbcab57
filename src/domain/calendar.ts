/** Whether `YYYY-MM-DD` is a day of the calendar: JavaScript's dates take 30 February for 2 March. */
export function isDay(text: string): boolean {
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}

/** Why a `YYYY-MM-DD` is no day: `2026-02 has 28 days`. */
export function whyNoDay(text: string): string {
  const [year = 0, month = 0] = text.split('-').map(Number);
  if (month < 1 || month > 12) return 'a year has 12 months';
  return `${text.slice(0, 7)} has ${new Date(Date.UTC(year, month, 0)).getUTCDate()} days`;
}
