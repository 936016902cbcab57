/** What an approval came to; asked of GitHub by the function that is passed in. */
export type ApprovalVerdict =
  | { readonly approved: true; readonly approvers: readonly string[]; readonly how: string }
  | { readonly approved: false; readonly reason: string; readonly cure: string };

/** One review of a run's waiting jobs, as a plan keeps it. `user` is empty where the account is gone. */
export interface RunApproval {
  readonly state: string;
  readonly user: string;
  readonly environments: readonly string[];
  readonly comment: string;
}
