# docker build --file ops/containers/ledger.Dockerfile --tag eventledger/ledger:0.1.0 .
FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /source
COPY . .
RUN dotnet restore --locked-mode src/Ledger/Ledger.csproj
RUN dotnet publish src/Ledger/Ledger.csproj --configuration Release --no-restore --output /published

# Without a shell, a package manager or root.
FROM mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled
COPY --from=build /published /app
USER 1654:1654
ENV DOTNET_EnableDiagnostics=0
EXPOSE 8085
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s CMD ["/app/ledger", "healthcheck"]
ENTRYPOINT ["/app/ledger"]
CMD ["serve"]
