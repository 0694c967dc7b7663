/**
 * What an operator does with a reference that a customer read out. Nothing at rest leads from it to
 * a person: it is a part of the refused request's id, which the log line alone has too.
 */
export const referenceText = (reference: string): string => `\
${reference} can be a reference from the login page, which stands below an error.
No record holds it; the log does, with the time, the problem and its cause:
  grep '"reference":"${reference}"' gateway.log
  npx wrangler tail --search ${reference}      (Workers: new lines only; older ones are in Workers Logs)
The line names no person. Ask the caller for the number: doorstep who PHONE
`;
