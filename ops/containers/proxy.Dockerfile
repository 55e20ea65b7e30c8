# docker build --file ops/containers/proxy.Dockerfile --tag eventledger/metering-proxy:0.1.0 .
FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /source
COPY . .
RUN dotnet restore --locked-mode src/Proxy/Proxy.csproj
RUN dotnet publish src/Proxy/Proxy.csproj --configuration Release --no-restore --output /published
RUN mkdir --parents /state/spool

# Without a shell, a package manager or root.
FROM mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled
COPY --from=build /published /app
# A volume that is made here belongs to whom this folder belongs.
COPY --from=build --chown=1654:1654 /state /var/lib/metering-sidecar
USER 1654:1654
ENV DOTNET_EnableDiagnostics=0 DOTNET_GCgen0size=0x4000000
EXPOSE 8086
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s CMD ["/app/metering-proxy", "healthcheck"]
ENTRYPOINT ["/app/metering-proxy"]
