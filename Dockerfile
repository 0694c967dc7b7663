# The build: JavaScript in dist/. Scripts of packages do not run, so the pinned Node of the
# development dependencies is not downloaded.
FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc tsconfig.json tsconfig.build.json ./
COPY test/support/stores/optional-services ./test/support/stores/optional-services
RUN npm ci --ignore-scripts
COPY src ./src
RUN node_modules/.bin/tsc -p tsconfig.build.json

# What runs: no development dependency.
FROM node:24-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --omit=optional --ignore-scripts

FROM node:24-bookworm-slim
WORKDIR /app
ENV NODE_ENV=production
COPY --from=dependencies /app/node_modules ./node_modules
COPY package.json ./
COPY policy ./policy
COPY --from=build /app/dist ./dist
USER node
EXPOSE 8787
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8787/healthz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# Node itself is process 1: SIGTERM reaches it.
CMD ["node", "dist/cli/doorstep.js", "serve"]
