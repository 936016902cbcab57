/** Comparison operators, as written. */
export type Operator = '>=' | '>' | '<=' | '<' | '==';

/** The right side of a condition. Numbers are kept as written, so that decimal arithmetic is exact. */
export type Operand =
  | { readonly kind: 'number'; readonly value: string }
  | { readonly kind: 'variable'; readonly name: string }
  | ({
      /** A version that the policy names beside the champion: small losses, each tolerated, must not add up. */
      readonly kind: 'anchor';
      readonly name: string;
    } & Margin)
  | ({ readonly kind: 'champion' } & Margin);

/** What is added to, or taken from, another version's value. */
export interface Margin {
  /** Signed, as written: `-0.005`; absent for plain `champion`. */
  readonly offset?: string;
  /** Whether `offset` is per cent of the other's absolute value. */
  readonly percent: boolean;
}

/** `metric operator operand`, e.g. `auc >= champion - 0.005`. */
export interface Condition {
  readonly metric: string;
  readonly operator: Operator;
  readonly operand: Operand;
  /** The condition as the user wrote it, blanks normalised. */
  readonly text: string;
}
