// The web app's manners as LEGACY section 5 tells them: nothing here knows of Doorstep.
const API = new URLSearchParams(location.search).get("api");
const at = (id) => document.getElementById(id);

window.ready = navigator.serviceWorker.register("/sw.js").then(async () => {
  await navigator.serviceWorker.ready;
  if (navigator.serviceWorker.controller === null) {
    await new Promise((resolve) =>
      navigator.serviceWorker.addEventListener("controllerchange", resolve, { once: true }),
    );
  }
});

async function call(method, path, body) {
  const token = localStorage.getItem("token");
  const response = await fetch(`${API}/api${path}`, {
    method,
    headers: {
      ...(token === null ? {} : { Authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { "Content-Type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (response.status === 401) {
    localStorage.clear();
    location.reload();
  }
  const data = await response.json().catch(() => null);
  if (!response.ok)
    throw Object.assign(new Error("request failed"), { data, status: response.status });
  return data;
}

window.call = call;

at("send").onclick = async () => {
  at("error").textContent = "";
  at("sent").textContent = "";
  try {
    const data = await call("POST", "/auth/otp/send", { phone: at("phone").value });
    at("sent").textContent = `${data.message} ${data.otp}`;
  } catch {
    at("error").textContent = "Could not send the code";
  }
};

at("verify").onclick = async () => {
  at("error").textContent = "";
  try {
    const body = { phone: at("phone").value, otp: at("otp").value };
    const { access_token, user } = await call("POST", "/auth/otp/verify", body);
    localStorage.setItem("token", access_token);
    at("who").textContent = `${user.id} ${user.name} ${user.role}`;
  } catch (error) {
    at("error").textContent = error.data?.detail ?? "Could not log in";
  }
};

at("load").onclick = async () => {
  at("home").textContent = "";
  try {
    const [products, subscriptions, orders] = await Promise.all([
      call("GET", "/products/"),
      call("GET", "/subscriptions"),
      call("GET", "/orders"),
    ]);
    at("home").textContent = JSON.stringify({ products, subscriptions, orders });
  } catch (error) {
    at("home").textContent = `blank: ${error.status ?? error.message}`;
  }
};
