// What the app is told: the settings that shared/settings.py knows, then the platform's own. A test holds both together.

param functionAppName string
param environmentName string
param mongodbUriAddress string
param dbName string
param webPubSubEndpoint string
param webPubSubHub string
param webPubSubPrincipalId string
param liveEventsAudience string
param schedulerEndpoint string
param taskHubName string
param identityClientId string
param storageName string
param applicationInsightsConnectionString string
param legacyPaths bool
param docsEnabled bool
param emergepayUrl string
param vaultUri string
param signInUrl string
param apiEndpoint string
param storeEndpoint string
param kitchenEndpoint string
param menuEndpoint string
param linkBase string
param smartScanUrl string
param webOrigins string[]
param fromEmail string
param mailEventsPublicKey string
param picturesEndpoint string
param picturesShownAt string
param twilioAccountSid string
param twilioPhoneNumber string
param allowMessage string
param defaultCountry string
param firebaseProjectId string
param firebaseClientEmail string
param vapidPublicKey string
param vapidSubject string

resource functionApp 'Microsoft.Web/sites@2024-04-01' existing = {
  name: functionAppName
}

resource appSettings 'Microsoft.Web/sites/config@2024-04-01' = {
  parent: functionApp
  name: 'appsettings'
  properties: {
    APP_ENV: environmentName
    MONGODB_URI: '@Microsoft.KeyVault(SecretUri=${mongodbUriAddress})'
    DB_NAME: dbName
    WEB_PUBSUB_ENDPOINT: webPubSubEndpoint
    WEB_PUBSUB_HUB: webPubSubHub
    LIVE_EVENTS_AUDIENCE: liveEventsAudience
    WEB_PUBSUB_PRINCIPAL_ID: webPubSubPrincipalId
    ENTRA_TENANT_ID: subscription().tenantId
    AZURE_CLIENT_ID: identityClientId
    LEGACY_PATHS: string(legacyPaths)
    DOCS_ENABLED: string(docsEnabled)

    // A person keeps these two: a deployment that wrote them could lose the older keys, and what they sealed.
    SEALING_KEYS: '@Microsoft.KeyVault(SecretUri=${vaultUri}secrets/sealing-keys)'
    TOKEN_HASH_KEY: '@Microsoft.KeyVault(SecretUri=${vaultUri}secrets/token-hash-key)'
    EMERGEPAY_ENVIRONMENT_URL: emergepayUrl

    // A person puts the key of SuperTokens' core there, where it wants one.
    SUPERTOKENS_CONNECTION_URI: signInUrl
    SUPERTOKENS_API_KEY: '@Microsoft.KeyVault(SecretUri=${vaultUri}secrets/supertokens-api-key)'
    API_ENDPOINT: apiEndpoint
    STORE_ENDPOINT: storeEndpoint
    KITCHEN_ENDPOINT: kitchenEndpoint
    MENU_ENDPOINT: menuEndpoint
    LINK_BASE: linkBase
    SMART_SCAN_URL: smartScanUrl
    WEB_ORIGINS: join(webOrigins, ',')
    AZURE_STORAGE_BLOB_ENDPOINT: picturesEndpoint
    PICTURES_ENDPOINT: picturesShownAt

    // A person puts SendGrid's key there. Without it no mails are sent.
    SENDGRID_API_KEY: '@Microsoft.KeyVault(SecretUri=${vaultUri}secrets/sendgrid-api-key)'
    FROM_EMAIL: fromEmail
    SENDGRID_WEBHOOK_PUBLIC_KEY: mailEventsPublicKey

    // A person keeps the account's secret. Only the text true switches texts on.
    TWILIO_ACCOUNT_SID: twilioAccountSid
    TWILIO_AUTH_TOKEN: '@Microsoft.KeyVault(SecretUri=${vaultUri}secrets/twilio-auth-token)'
    TWILIO_PHONE_NUMBER: twilioPhoneNumber
    ALLOW_MESSAGE: allowMessage
    DEFAULT_COUNTRY: defaultCountry

    // A person puts the service account's key there, and the private key of `orderbuddy push keys`.
    FIREBASE_PROJECT_ID: firebaseProjectId
    FIREBASE_CLIENT_EMAIL: firebaseClientEmail
    FIREBASE_PRIVATE_KEY: '@Microsoft.KeyVault(SecretUri=${vaultUri}secrets/firebase-private-key)'
    VAPID_PUBLIC_KEY: vapidPublicKey
    VAPID_PRIVATE_KEY: '@Microsoft.KeyVault(SecretUri=${vaultUri}secrets/vapid-private-key)'
    VAPID_SUBJECT: vapidSubject

    // host.json names no storage provider, so that Core Tools use Azurite; here it is the scheduler.
    AzureFunctionsJobHost__extensions__durableTask__hubName: taskHubName
    AzureFunctionsJobHost__extensions__durableTask__storageProvider__type: 'azureManaged'
    AzureFunctionsJobHost__extensions__durableTask__storageProvider__connectionStringName: 'DURABLE_TASK_SCHEDULER_CONNECTION_STRING'
    DURABLE_TASK_SCHEDULER_CONNECTION_STRING: 'Endpoint=${schedulerEndpoint};Authentication=ManagedIdentity;ClientID=${identityClientId}'

    AzureWebJobsStorage__accountName: storageName
    AzureWebJobsStorage__credential: 'managedidentity'
    AzureWebJobsStorage__clientId: identityClientId

    APPLICATIONINSIGHTS_CONNECTION_STRING: applicationInsightsConnectionString
    APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identityClientId};Authorization=AAD'
    // The app tells Application Insights itself: the host does not pass its log on, and the worker starts no second SDK.
    PYTHON_ENABLE_OPENTELEMETRY: 'true'
    PYTHON_APPLICATIONINSIGHTS_ENABLE_TELEMETRY: 'false'
  }
}
