# Builds with the compiler, runs without it, as a user without rights.
FROM node:24-slim AS build
WORKDIR /engine
COPY . .
# The packages for AWS are optional, and the image has them.
RUN npm ci --ignore-scripts && npm run build \
  && node -e "const manifest = require('./package.json'); \
    for (const name in manifest.peerDependencies) delete manifest.devDependencies[name]; \
    Object.assign(manifest.dependencies, manifest.peerDependencies); \
    require('fs').writeFileSync('package.json', JSON.stringify(manifest))" \
  && npm prune --omit=dev --ignore-scripts

FROM node:24-slim
ENV NODE_ENV=production ENGINE_HOST=0.0.0.0
WORKDIR /engine
COPY --from=build /engine/package.json ./
COPY --from=build /engine/node_modules ./node_modules
COPY --from=build /engine/dist ./dist
COPY --from=build /engine/deployments ./deployments
# The user node, by number: Kubernetes lets no user by name run where it asks for one that is not root.
USER 1000:1000
EXPOSE 8080
HEALTHCHECK CMD ["node", "dist/cli/health-check.js"]
# Beyond loopback the engine starts only with ENGINE_USERNAME and ENGINE_PASSWORD, or with ENGINE_AUTH=none said outright.
CMD ["node", "dist/cli/main.js", "serve"]
