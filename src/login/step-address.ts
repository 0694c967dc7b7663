const ID = /^[\w-]{12}$/;

export const isStepId = (text: string): boolean => ID.test(text);

/** The path of a step. */
export const addressOf = ({ id }: { readonly id: string }): string => `/login/s/${id}`;
