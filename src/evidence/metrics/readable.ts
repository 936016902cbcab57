import { PromotionError } from '../../domain/errors.js';
import type { Lookup } from '../../domain/lookup.js';
import type { MetricReading } from '../../domain/version.js';

/** A source that cannot be read leaves one metric without a value, and the rest of the evidence as it is. */
export async function readable(reading: Promise<MetricReading>): Promise<Lookup> {
  try {
    return { reading: await reading };
  } catch (error) {
    if (!(error instanceof PromotionError) || !['METRIC_UNREADABLE', 'FILE_UNSAFE'].includes(error.code)) throw error;
    const said = error.message.replace(/\.$/, '');
    return {
      absent: `${said.startsWith('The ') ? 't' : said.charAt(0)}${said.slice(1)}`,
      ...(error.cure === undefined ? {} : { cure: error.cure }),
    };
  }
}
