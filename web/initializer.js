// Trunk calls this while it loads the program: a program that cannot start says so on the page.
export default function initializer() {
    return {
        onFailure: (error) => {
            const failure = document.getElementById("failure");
            const text = failure.querySelector("pre");
            // A panic has put its own, better text here before.
            if (text.textContent === "") text.textContent = `The simulator did not start: ${error}`;
            failure.hidden = false;
        },
    };
}
