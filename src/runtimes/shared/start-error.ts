/** The start cannot go on; the message is for the operator and holds no value. */
export class StartError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "StartError";
  }
}
