import { createDoorstep, DoorstepError } from "doorstep/client";

const doorstep = createDoorstep({
  url: GATEWAY,
  storage: "local",
  clientId: "spa",
  redirectUri: `${location.origin}/callback`,
});

const at = (id) => document.getElementById(id);
let asked;

// 1. The phone. The browser's own reading of the SMS (WebOTP) begins here.
at("ask").onclick = async () => {
  try {
    // Kept as a promise: an SMS can be quicker than the answer.
    asked = doorstep.requestCode(at("phone").value, { onCode: logIn });
    await asked;
    say("We have sent you a code.");
  } catch (error) {
    say(sentenceFor(error));
  }
};

// 2. The code, typed or read by the browser.
at("code").oninput = () => doorstep.stopListening();
at("verify").onclick = () => logIn(at("code").value);

async function logIn(code) {
  try {
    const login = await doorstep.verifyCode(await asked, code);
    if ("customers" in login) offer(login);
  } catch (error) {
    say(sentenceFor(error));
  }
}

// 3. Where several customers have the phone.
function offer(choice) {
  for (const { customer_v2_id, name, area } of choice.customers) {
    const button = document.createElement("button");
    button.textContent = `${name}, ${area}`;
    button.onclick = () => doorstep.selectCustomer(choice, customer_v2_id);
    document.body.append(button);
  }
}

// Every login, refused refresh and log-out of every tab ends up here.
doorstep.onChange((signedIn) => show(signedIn));
doorstep.current().then(show);

function show(signedIn) {
  at("who").textContent = signedIn ? signedIn.user.name : "nobody";
}

at("sign-out").onclick = () => doorstep.signOut();

function sentenceFor(error) {
  if (!(error instanceof DoorstepError)) throw error;
  if (error.code === "otp-rejected") return "That code is not right.";
  if (error.code === "rate-limited") return `Please wait ${error.retryAfter} seconds.`;
  if (error.code === "offline") return "You are offline. Please try again.";
  return error.message;
}

function say(text) {
  at("said").textContent = text;
}

// The other way: the login page does all of the above.
at("sign-in").onclick = () => doorstep.signIn({ returnTo: "/orders" });

if (location.pathname === "/callback") {
  doorstep.finishSignIn().then(
    ({ returnTo }) => location.replace(returnTo),
    (error) => say(sentenceFor(error)),
  );
}

at("leave").onclick = () => doorstep.signOutAtPage(`${location.origin}/bye`);
